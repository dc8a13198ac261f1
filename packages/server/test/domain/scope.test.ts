import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clientScope, grantableScope, readScope, scopesOf } from '../../src/domain/scope.ts'

test('RFC 6749 §3.3: what a scope is', () => {
  assert.deepEqual(readScope('openid  a:b a:b !#[]~'), ['openid', 'a:b', '!#[]~'])
  assert.deepEqual(readScope(' a '), ['a'])
  for (const bad of ['', ' ', 'a"b', 'a\\b', '\\', 'ä', 'aä', 'äa', 'a\tb', 'a b\u007f', 'a ä', 'ä a'])
    assert.equal(readScope(bad), undefined, bad)
  assert.deepEqual(readScope('x'.repeat(2048)), ['x'.repeat(2048)])
  assert.equal(readScope('x'.repeat(2049)), undefined)
})

test('RFC 6749 §3.3: each character but space, quote and backslash; what was read is read the same again', () => {
  for (let code = 0; code < 128; code += 1) {
    const text = `a${String.fromCharCode(code)}`
    const isAllowed = code > 32 && code < 127 && text !== 'a"' && text !== 'a\\'
    assert.equal(readScope(text) !== undefined, isAllowed || code === 32, text)
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const scopes = readScope(text)
      if (!scopes) return
      assert.ok(scopes.length > 0 && new Set(scopes).size === scopes.length)
      assert.deepEqual(readScope(scopes.join(' ')), scopes)
      assert.deepEqual(scopesOf(scopes.join(' ')), scopes)
    }),
    { numRuns: 300, seed: 1 },
  )
})

test('Core §3.1.2.1: a client gets of what it asks for what it may have, in the order in which it asked', () => {
  const registered = ['openid', 'profile', 'offline_access', 'email', 'a']
  assert.deepEqual(grantableScope(['a', 'b', 'openid', 'offline_access'], registered), ['a', 'openid', 'offline_access'])
  assert.equal(grantableScope(['admin'], registered), undefined)
  assert.equal(grantableScope([], registered), undefined)
  assert.deepEqual(grantableScope(undefined, registered), ['profile', 'email', 'a'], 'openid and offline_access have to be asked for')
  assert.deepEqual(grantableScope(undefined, ['openid']), [])
})

test('TK-8: a client’s own token has no scope that speaks of a person', () => {
  const registered = ['openid', 'profile', 'email', 'offline_access', 'a', 'b']
  assert.deepEqual(clientScope(undefined, registered), ['a', 'b'])
  assert.deepEqual(clientScope(['b', 'email'], registered), ['b'])
  for (const one of ['openid', 'profile', 'email', 'offline_access', 'c']) assert.equal(clientScope([one], registered), undefined, one)
})

test('RFC 6749 §3.3: the single scopes of a text', () => {
  assert.deepEqual(scopesOf(''), [])
  assert.deepEqual(scopesOf('a'), ['a'])
  assert.deepEqual(scopesOf(' a  bc '), ['a', 'bc'])
})
