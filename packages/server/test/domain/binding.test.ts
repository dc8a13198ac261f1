import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Binding, boundTo, comesFrom, fits } from '../../src/domain/binding.ts'

const prefix: Binding = { to: 'prefix', onMismatch: 'sign_in', requests: false }
const exact: Binding = { to: 'exact', onMismatch: 'refuse', requests: true }

test('question S2: off, exact, or the network: a /24, of IPv6 a /56', () => {
  assert.equal(fits(undefined, '203.0.113.7', '198.51.100.7'), 'fits')
  assert.equal(fits(prefix, '203.0.113.7', '203.0.113.250'), 'fits')
  assert.equal(fits(prefix, '203.0.113.7', '203.0.114.7'), 'sign_in')
  assert.equal(fits(prefix, '2001:db8:0:1200::7', '2001:db8:0:12ff::1'), 'fits')
  assert.equal(fits(prefix, '2001:db8:0:1200::7', '2001:db8:0:1300::7'), 'sign_in')
  assert.equal(fits(exact, '203.0.113.7', '::ffff:203.0.113.7'), 'fits')
  assert.equal(fits(exact, '203.0.113.7', '203.0.113.8'), 'refuse')
  assert.equal(fits(exact, '2001:db8::7', '2001:db8::7'), 'fits')
  assert.equal(fits(exact, '2001:db8::7', '2001:db8::6'), 'refuse')
  assert.equal(fits({ ...exact, onMismatch: 'record' }, '203.0.113.7', '203.0.113.8'), 'record')
})

test('question S2: what was given, or is used, nobody knows where, fits nowhere', () => {
  for (const [given, used] of [
    [undefined, '203.0.113.7'],
    ['203.0.113.7', undefined],
    [undefined, undefined],
    ['unknown', 'unknown'],
  ])
    assert.equal(fits(exact, given, used), 'refuse')
})

test('question S2: what a token says of where it is good', () => {
  assert.equal(boundTo(prefix, '203.0.113.7'), '203.0.113.0/24')
  assert.equal(boundTo(prefix, '2001:db8:0:1234::7'), '2001:db8:0:1200::/56')
  assert.equal(boundTo(exact, '2001:DB8::7'), '2001:db8::7')
  assert.equal(boundTo(exact, '203.0.113.7'), '203.0.113.7')
  assert.equal(boundTo(exact, undefined), undefined)
  assert.equal(comesFrom({}, undefined), true)
  assert.equal(comesFrom({ cnf: {} }, undefined), true, 'bound to something else than a place')
  assert.equal(comesFrom({ cnf: { address: '203.0.113.0/24' } }, '203.0.113.99'), true)
  assert.equal(comesFrom({ cnf: { address: '203.0.113.0/24' } }, '203.0.112.99'), false)
  for (const nowhere of [undefined, '', 'unknown', '2001:db8::7'])
    assert.equal(comesFrom({ cnf: { address: '203.0.113.0/24' } }, nowhere), false, nowhere)
  for (const address of ['unknown', '', 7, null, {}]) assert.equal(comesFrom({ cnf: { address } }, '203.0.113.99'), false)
})
