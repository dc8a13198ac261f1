import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAddress, checkBinding } from '../../src/checks/binding.ts'
import type { AccessTokenClaims } from '../../src/wire/index.ts'

const bound = (cnf?: unknown) => (cnf === undefined ? {} : { cnf }) as AccessTokenClaims

test('JV-20: a token that is bound to a key is refused, also where it is bound to an address as well; one bound to an address alone is not', () => {
  assert.equal(checkBinding(bound()), undefined)
  assert.equal(checkBinding(bound({ address: '203.0.113.0/24' })), undefined)
  for (const cnf of [{}, { jkt: 'x' }, { address: '203.0.113.0/24', jkt: 'x' }, { jkt: 'x', address: '203.0.113.0/24' }, { address: 7 }])
    assert.equal(checkBinding(bound(cnf)), 'cnf_unproved', JSON.stringify(cnf))
})

test('JV-20, JV-26: an address that a token does not have itself, but its prototype has, binds nothing', () => {
  const cnf = Object.assign(Object.create({ address: '203.0.113.0/24' }), { jkt: 'x' })
  assert.equal(checkBinding(bound(cnf)), 'cnf_unproved')
})

test('question S2: bound to a network, it is good from there; from elsewhere, from nowhere, or bound to what is no network, it is not', () => {
  const network = bound({ address: '203.0.113.0/24' })
  assert.equal(checkAddress(network, '203.0.113.7'), undefined)
  assert.equal(checkAddress(network, '::ffff:203.0.113.7'), undefined)
  for (const address of ['203.0.114.7', '2001:db8::1', '', 'unknown', undefined])
    assert.equal(checkAddress(network, address), 'address_wrong', String(address))
  assert.equal(checkAddress(bound({ address: 'everywhere' }), '203.0.113.7'), 'address_wrong')
  assert.equal(checkAddress(bound(), undefined), undefined, 'not bound: it does not matter from where')
})
