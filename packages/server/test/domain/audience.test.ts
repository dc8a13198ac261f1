import assert from 'node:assert/strict'
import { test } from 'node:test'
import { targetOf } from '../../src/domain/audience.ts'

const known = { configured: 'https://api.test', served: ['https://api.test', 'https://billing.test', 'https://own.test'] }

test('contract §2: without a resource, the client’s own audience, else the configured one; none that no service has', () => {
  assert.equal(targetOf(undefined, {}, known), 'https://api.test')
  assert.equal(targetOf(undefined, { audience: 'https://own.test' }, known), 'https://own.test')
  assert.equal(targetOf(undefined, { audience: 'https://gone.test' }, known), undefined)
  assert.equal(targetOf(undefined, {}, { ...known, served: ['https://own.test'] }), undefined)
})

test('TK-10, RFC 8707 §2: the resource that is asked for, character by character, where a service has it', () => {
  assert.equal(targetOf('https://billing.test', {}, known), 'https://billing.test')
  assert.equal(targetOf('https://billing.test', { audience: 'https://own.test' }, known), 'https://billing.test')
  for (const one of ['https://billing.test/', 'https://BILLING.test', 'https://nowhere.test', ''])
    assert.equal(targetOf(one, {}, known), undefined, one)
})

test('TK-10: a client with a list may ask for what is in it, and for its own', () => {
  assert.equal(targetOf('https://billing.test', { audiences: ['https://own.test'] }, known), undefined)
  assert.equal(targetOf('https://own.test', { audiences: ['https://billing.test', 'https://own.test'] }, known), 'https://own.test')
  assert.equal(targetOf('https://api.test', { audiences: [] }, known), 'https://api.test')
  assert.equal(targetOf('https://own.test', { audience: 'https://own.test', audiences: [] }, known), 'https://own.test')
  assert.equal(
    targetOf('https://api.test', { audience: 'https://own.test', audiences: [] }, known),
    undefined,
    'the configured one is not its own',
  )
  assert.equal(targetOf('https://gone.test', { audiences: ['https://gone.test'] }, known), undefined, 'in its list, but no service has it')
})
