import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Allowed, needsConsent, rememberConsent } from '../../src/domain/consent.ts'
import { client, now, request } from './oauth-samples.ts'

const allowed = (more: Partial<Allowed> = {}): Allowed => ({
  clientId: 'web',
  scope: 'openid a',
  audience: 'https://api.test',
  redirectHost: 'web.test',
  ...more,
})
const elsewhere = [{ clientId: 'other' }, { audience: 'https://other.test' }, { redirectHost: 'other.test' }]

test('AZ-20: asked only for what was not allowed before', () => {
  assert.equal(needsConsent(request(), client(), [allowed()]), false)
  assert.equal(needsConsent(request({ scope: ['a'] }), client(), [allowed()]), false, 'less')
  assert.equal(needsConsent(request({ scope: ['openid', 'a', 'b'] }), client(), [allowed()]), true, 'more')
  assert.equal(needsConsent(request({ scope: ['openid', 'b'] }), client(), [allowed(), allowed({ scope: 'b' })]), false, 'in two parts')
  assert.equal(needsConsent(request(), client(), []), true)
})

test('AZ-20: what another client was allowed, or this one for another audience or at another place, counts for nothing', () => {
  for (const more of elsewhere) {
    assert.equal(needsConsent(request(), client(), [allowed(more)]), true, JSON.stringify(more))
    assert.equal(needsConsent(request(), client(), [allowed({ scope: 'openid' }), allowed(more)]), true, JSON.stringify(more))
    assert.equal(needsConsent(request({ scope: [] }), client(), [allowed(more)]), true, `${JSON.stringify(more)}: no scope at all`)
  }
  assert.equal(needsConsent(request({ scope: [] }), client(), [allowed(), allowed({ clientId: 'other' })]), false)
})

test('Core §3.1.2.1: prompt=consent always asks; else one’s own client never does', () => {
  const own = client({ consent: 'skip' })
  assert.equal(needsConsent(request({ prompt: ['login', 'consent'] }), own, [allowed()]), true)
  assert.equal(needsConsent(request({ prompt: ['login'] }), own, []), false)
  assert.equal(needsConsent(request({ redirectUri: 'com.example.app:/cb' }), own, []), false)
})

test('RFC 8252 §8.6: any program can ask in the name of a client that proves nothing, so what it was allowed says nothing', () => {
  for (const [redirectUri, redirectHost] of [
    ['http://127.0.0.1:4711/cb', '127.0.0.1'],
    ['com.example.app:/https:', 'com.example.app'],
  ] as const) {
    const [asks, before] = [request({ redirectUri }), [allowed({ redirectHost })]]
    assert.equal(needsConsent(asks, client(), before), true, redirectUri)
    assert.equal(needsConsent(asks, client({ authentication: 'client_secret_basic' }), before), false, `${redirectUri}, with a secret`)
  }
})

test('AZ-20: what is remembered is what was allowed before, there, and now; each once', () => {
  const others = elsewhere.map((more) => allowed({ scope: 'x', ...more }))
  assert.deepEqual(rememberConsent(request(), 'ada', [...others, allowed({ scope: 'b a' })], now), {
    do: 'consent',
    sub: 'ada',
    clientId: 'web',
    scope: 'b a openid',
    audience: 'https://api.test',
    redirectHost: 'web.test',
    at: now,
  })
})
