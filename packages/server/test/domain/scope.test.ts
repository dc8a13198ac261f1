import assert from 'node:assert/strict'
import { test } from 'node:test'
import { targetOf } from '../../src/domain/audience.ts'
import { clientScope, grantableScope, readScope } from '../../src/domain/scope.ts'

test('RFC 6749 §3.3: what a scope is', () => {
  assert.deepEqual(readScope('openid  a:b a:b !#[]~'), ['openid', 'a:b', '!#[]~'])
  for (const bad of ['', ' ', 'a"b', 'a\\b', 'ä', 'a\tb', 'x'.repeat(2049)]) assert.equal(readScope(bad), undefined, bad)
})

test('what a client gets of what it asks for', () => {
  const registered = ['openid', 'profile', 'offline_access', 'a']
  assert.deepEqual(grantableScope(['a', 'email', 'openid'], registered), ['a', 'openid'])
  assert.equal(grantableScope(['admin'], registered), undefined)
  assert.deepEqual(grantableScope(undefined, registered), ['profile', 'a'])
  assert.deepEqual(clientScope(undefined, registered), ['a'])
  assert.equal(clientScope(['openid', 'profile'], registered), undefined)
})

test('contract §2, TK-10: one audience, one that a service has, one that the client may ask for', () => {
  const known = { configured: 'https://api.test', served: ['https://api.test', 'https://billing.test', 'https://own.test'] }
  assert.equal(targetOf(undefined, {}, known), 'https://api.test')
  assert.equal(targetOf(undefined, { audience: 'https://own.test' }, known), 'https://own.test')
  assert.equal(targetOf('https://billing.test', {}, known), 'https://billing.test')
  assert.equal(targetOf('https://billing.test/', {}, known), undefined)
  assert.equal(targetOf('https://nowhere.test', {}, known), undefined)
  assert.equal(targetOf(undefined, { audience: 'https://gone.test' }, known), undefined)
  assert.equal(targetOf('https://billing.test', { audiences: ['https://own.test'] }, known), undefined)
  assert.equal(targetOf('https://api.test', { audiences: [] }, known), 'https://api.test')
})
