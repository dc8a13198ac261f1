import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthorizationRequest } from '../../src/domain/authorization-request.ts'
import { type AuthorizationStep, nextStep } from '../../src/domain/authorization-step.ts'
import { client, now, request, session, user } from './oauth-samples.ts'

const allowed = [{ clientId: 'web', scope: 'openid a', audience: 'https://api.test', redirectHost: 'web.test' }]
const browser = { session: session(), user: user() }
const step = (more: Partial<AuthorizationRequest> = {}, held: object = {}, began?: number, address?: string): AuthorizationStep =>
  nextStep(request(more), { client: client(), browser, allowed, issuer: { cut: 0 }, ...held }, { now, began }, address)
const outcome = (...given: Parameters<typeof step>): string => {
  const next = step(...given)
  return next.outcome === 'refused' ? next.error : next.outcome
}
const none = { prompt: ['none' as const], state: 'st' }
const refused = (error: string, description: string) => ({
  outcome: 'refused',
  error,
  description,
  redirectUri: 'https://web.test/back',
  state: 'st',
})

test('AZ-11: with none every question is a refusal that says why', () => {
  assert.deepEqual(step(none), { outcome: 'code', browser })
  assert.deepEqual(step(none, { browser: undefined }), refused('login_required', 'Nobody is signed in.'))
  assert.deepEqual(step(none, { allowed: [] }), refused('consent_required', 'The user has not allowed this yet.'))
  assert.deepEqual(step({ ...none, maxAge: 59 }), refused('login_required', 'The sign-in is too long ago.'))
  assert.deepEqual(step({ ...none, maxAge: 60 }), { outcome: 'code', browser })
  assert.deepEqual(
    step({ ...none, hinted: 'bob' }),
    refused('login_required', 'Somebody else is signed in than the one that was asked for.'),
  )
})

test('AZ-12: login and max_age want a sign-in from after the request began', () => {
  for (const wants of [{ prompt: ['login' as const] }, { prompt: ['select_account' as const] }, { maxAge: 0 }, { maxAge: 59 }]) {
    assert.equal(outcome(wants), 'sign_in', JSON.stringify(wants))
    assert.equal(outcome(wants, {}, session().authTime + 1), 'sign_in', 'signed in before it began')
    assert.equal(outcome(wants, {}, session().authTime), 'code', 'signed in since')
  }
  assert.deepEqual(step({ maxAge: 59 }), { outcome: 'sign_in', browser, fresh: { maxAge: 59 } })
  assert.deepEqual(step({ prompt: ['login'], maxAge: 59 }), { outcome: 'sign_in', browser, fresh: {} })
  assert.deepEqual(step({ prompt: ['select_account'] }), { outcome: 'sign_in' }, 'anybody may')
  assert.equal(outcome({ maxAge: 60 }), 'code', 'to the second')
})

test('a session that is over is nobody: ended, cut, run out, or its user disabled or deleted (P2, M2)', () => {
  for (const gone of [
    { session: session({ endedSeq: 1 }), user: user() },
    { session: session({ idleExpiresAt: now }), user: user() },
    { session: session({ expiresAt: now }), user: user() },
    { session: session(), user: user({ cut: 11 }) },
    { session: session(), user: user({ disabled: true }) },
    { session: session(), user: user({ deleted: true }) },
  ]) {
    assert.deepEqual(step({}, { browser: gone }), { outcome: 'sign_in' })
  }
  assert.deepEqual(step({}, { issuer: { cut: 11 } }), { outcome: 'sign_in' })
  assert.equal(outcome({}, { issuer: { cut: 10 }, browser: { session: session(), user: user({ cut: 10 }) } }), 'code')
})

test('who was hinted at is signed in, or nobody', () => {
  assert.equal(outcome({ hinted: 'ada' }), 'code')
  assert.deepEqual(step({ hinted: 'bob' }), { outcome: 'sign_in' })
  assert.equal(outcome({ hinted: 'bob' }, {}, session().authTime), 'login_required')
})

test('question S2: from elsewhere a sign-in is asked for, also where the client refuses; what is only recorded holds up nobody', () => {
  const bound = (onMismatch: 'refuse' | 'sign_in' | 'record') => ({
    client: client({ binding: { to: 'exact', onMismatch, requests: false } }),
    browser: { session: session({ address: '203.0.113.7' }), user: user() },
  })
  for (const rule of ['refuse', 'sign_in'] as const) {
    const held = bound(rule)
    const asks = { outcome: 'sign_in', browser: held.browser, fresh: {} }
    assert.deepEqual(step({}, held, undefined, '203.0.113.8'), asks)
    assert.deepEqual(step({}, held), asks, 'nobody knows from where')
    assert.deepEqual(step({}, held, session().authTime, '203.0.113.8'), asks, 'a fresh one from elsewhere')
    assert.deepEqual(
      step(none, held, undefined, '203.0.113.8'),
      refused('login_required', 'The session is bound to another network address.'),
    )
    assert.equal(outcome({}, held, undefined, '203.0.113.7'), 'code')
  }
  assert.equal(outcome({}, bound('record'), undefined, '203.0.113.8'), 'code')
})

test('AZ-20: asked for what was not allowed before, there and then', () => {
  assert.equal(outcome(), 'code')
  assert.deepEqual(step({ scope: ['openid', 'a', 'b'] }), { outcome: 'consent', browser })
  assert.equal(outcome({ audience: 'https://other.test' }), 'consent')
  assert.equal(outcome({ prompt: ['consent'] }), 'consent')
  assert.equal(outcome({ prompt: ['consent'] }, { client: client({ consent: 'skip' }) }), 'consent')
  assert.equal(outcome({ scope: ['b'] }, { client: client({ consent: 'skip' }) }), 'code')
})
