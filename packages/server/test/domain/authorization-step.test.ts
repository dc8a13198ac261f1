import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthorizationRequest } from '../../src/domain/authorization-request.ts'
import { type AuthorizationStep, nextStep } from '../../src/domain/authorization-step.ts'
import { client, now, request, session, user } from './oauth-samples.ts'

const allowed = [{ clientId: 'web', scope: 'openid a', audience: 'https://api.test', redirectHost: 'web.test' }]
const browser = { session: session(), user: user() }
const step = (more: Partial<AuthorizationRequest> = {}, held: object = {}, began?: number): AuthorizationStep =>
  nextStep(request(more), { client: client(), browser, allowed, issuer: { cut: 0 }, ...held }, { now, began })
const outcome = (...given: Parameters<typeof step>): string => {
  const next = step(...given)
  return next.outcome === 'refused' ? next.error : next.outcome
}

test('AZ-11: with none every question is a refusal', () => {
  const none = { prompt: ['none' as const] }
  assert.equal(outcome(none), 'code')
  assert.equal(outcome(none, { browser: undefined }), 'login_required')
  assert.equal(outcome(none, { allowed: [] }), 'consent_required')
  assert.equal(outcome({ ...none, maxAge: 59 }), 'login_required')
  assert.equal(outcome({ ...none, maxAge: 60 }), 'code')
  assert.equal(outcome({ ...none, hinted: 'bob' }), 'login_required')
})

test('AZ-12: login and max_age want a sign-in from after the request began', () => {
  for (const wants of [{ prompt: ['login' as const] }, { prompt: ['select_account' as const] }, { maxAge: 0 }, { maxAge: 59 }]) {
    assert.equal(outcome(wants), 'sign_in', JSON.stringify(wants))
    assert.equal(outcome(wants, {}, session().authTime + 1), 'sign_in', 'signed in before it began')
    assert.equal(outcome(wants, {}, session().authTime), 'code', 'signed in since')
  }
  const fresh = step({ maxAge: 59 })
  assert.deepEqual(fresh.outcome === 'sign_in' && fresh.fresh, { maxAge: 59 })
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
    assert.equal(outcome({}, { browser: gone }), 'sign_in')
  }
  assert.equal(outcome({}, { issuer: { cut: 11 } }), 'sign_in')
})

test('who was hinted at is signed in, or nobody', () => {
  assert.equal(outcome({ hinted: 'ada' }), 'code')
  assert.equal(outcome({ hinted: 'bob' }), 'sign_in')
  assert.equal(outcome({ hinted: 'bob' }, {}, session().authTime), 'login_required')
})

test('AZ-20: asked for what was not allowed before, there and then', () => {
  assert.equal(outcome(), 'code')
  assert.equal(outcome({ scope: ['openid', 'a', 'b'] }), 'consent')
  assert.equal(outcome({ scope: ['a'] }), 'code')
  assert.equal(outcome({ scope: [] }, { allowed: [] }), 'consent')
  assert.equal(outcome({ audience: 'https://other.test' }), 'consent')
  assert.equal(outcome({ redirectUri: 'https://elsewhere.test/back' }), 'consent')
  assert.equal(outcome({ prompt: ['consent'] }), 'consent')
  assert.equal(outcome({ scope: ['b'] }, { client: client({ consent: 'skip' }) }), 'code')
  assert.equal(outcome({ prompt: ['consent'] }, { client: client({ consent: 'skip' }) }), 'consent')
})
