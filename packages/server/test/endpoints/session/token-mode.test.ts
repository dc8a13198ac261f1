import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { payload } from '../../jwt.ts'
import { call, device, newName, signedUp } from '../calling.ts'
import { open, password } from '../running.ts'

const running = await open()
const { issuer } = running
after(() => running.close())

const identifier = newName()
await signedUp(running, identifier)
const signIn = (more: object = {}, headers = {}) =>
  call(issuer, 'POST', '/session/sign-in', { identifier, password, mode: 'token', ...more }, headers)

test('contract §5: sign-in answers user, session and tokens, and sets no cookie', async () => {
  const { status, headers, body } = await signIn({ device_name: 'My phone' })
  assert.equal(status, 200)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.deepEqual(headers.getSetCookie(), [])
  assert.deepEqual(Object.keys(body).sort(), [
    'access_token',
    'device_token',
    'expires_in',
    'refresh_token',
    'scope',
    'session',
    'token_type',
    'user',
  ])
  assert.deepEqual(Object.keys(body.session), ['sid', 'auth_time', 'idle_expires_at', 'expires_at'])
  assert.equal(body.user.name, identifier)
  assert.match(body.session.sid, /^[\w-]{22}$/)
  assert.equal(body.token_type, 'Bearer')
  const { sid, sub, exp, iat } = payload(body.access_token) as Record<string, number>
  assert.deepEqual([sid, sub], [body.session.sid, body.user.sub])
  assert.equal(exp! - iat!, 300)
})

test('LG-1: one refusal for a wrong password, an unknown name, and what can be no password', async () => {
  const answers = await Promise.all([
    signIn({ password: 'wrong horse battery staple' }),
    signIn({ identifier: 'nobody-of-this-name' }),
    signIn({ password: 'x'.repeat(4000) }),
    signIn({ identifier: 'x'.repeat(900) }),
  ])
  for (const { status, body } of answers) {
    assert.equal(status, 401)
    assert.deepEqual(
      { ...body, request_id: '' },
      { error: 'invalid_credentials', error_description: 'The name or the password is wrong.', request_id: '' },
    )
  }
})

test('token mode needs no CSRF proof: no cookie is used or set', async () => {
  assert.equal((await signIn({}, { 'sec-fetch-site': 'cross-site', origin: 'http://evil.test' })).status, 200)
})

test('contract §5: GET /session with a token; nobody is nulls; a bad token is 401', async () => {
  const phone = await device(running, identifier)
  const { body } = await phone.call('GET', '/session')
  assert.deepEqual(body, { user: phone.answer.body.user, session: phone.answer.body.session })
  assert.deepEqual((await call(issuer, 'GET', '/session')).body, { user: null, session: null })
  for (const token of ['garbage', phone.answer.body.refresh_token, `${phone.answer.body.access_token}x`, 'a b', '']) {
    const { status, headers, body } = await call(issuer, 'GET', '/session', undefined, { authorization: `Bearer ${token}` })
    assert.deepEqual([status, body.error], [401, 'invalid_token'], token)
    assert.equal(headers.get('www-authenticate'), 'Bearer error="invalid_token"')
  }
})

test('another scheme is the password of a proxy in front, not a bad token', async () => {
  const { status, body } = await call(issuer, 'GET', '/session', undefined, { authorization: 'Basic YTpi' })
  assert.deepEqual([status, body.user], [200, null])
})

test('contract §5, RF-2: refresh rotates; a replay ends the session with its reason', async () => {
  const phone = await device(running, identifier)
  const refresh = (token: string) => call(issuer, 'POST', '/session/refresh', { refresh_token: token })
  const first = phone.answer.body.refresh_token
  const second = await refresh(first)
  assert.equal(second.status, 200)
  assert.notEqual(second.body.refresh_token, first)
  assert.deepEqual(second.headers.getSetCookie(), [])
  assert.equal((await refresh(first)).body.refresh_token, second.body.refresh_token) // a lost answer: the same successor
  const third = await refresh(second.body.refresh_token)
  running.advance(31_000)
  const { status, body } = await refresh(first)
  assert.deepEqual([status, body.error, body.reason], [401, 'session_ended', 'replayed'])
  assert.deepEqual((await refresh(third.body.refresh_token)).body.reason, 'replayed')
})

test('contract §5, S3: sign-out is confirmed with a receipt; twice is the same; the token is refused at once', async () => {
  const phone = await device(running, identifier)
  const { status, headers, body } = await phone.call('POST', '/session/sign-out')
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(body), ['ended', 'confirmed', 'took_ms', 'receipt'])
  assert.deepEqual([body.ended, body.confirmed], [1, true])
  assert.equal(headers.get('clear-site-data'), '"cache"') // ES-6, BF-10
  assert.partialDeepStrictEqual(payload(body.receipt), { outcome: 'confirmed', ended: { sid: phone.answer.body.session.sid } })
  assert.equal((await phone.call('GET', '/session')).status, 401)
  const refreshed = await call(issuer, 'POST', '/session/refresh', { refresh_token: phone.answer.body.refresh_token })
  assert.deepEqual([refreshed.status, refreshed.body.error, refreshed.body.reason], [401, 'session_ended', 'signed_out'])

  const again = await phone.call('POST', '/session/sign-out')
  assert.deepEqual([again.status, again.body.ended, again.body.confirmed], [200, 0, true])
  assert.equal(payload(again.body.receipt).seq, payload(body.receipt).seq)
})

test('S3: a sign-out takes an expired token, and a refresh token of any generation', async () => {
  const tablet = await device(running, identifier)
  const old = tablet.answer.body.refresh_token
  await call(issuer, 'POST', '/session/refresh', { refresh_token: old })
  running.advance(400_000)
  assert.equal((await tablet.call('GET', '/session')).status, 401)
  assert.equal((await tablet.call('POST', '/session/sign-out')).body.ended, 1)

  const phone = await device(running, identifier)
  const { refresh_token: first } = phone.answer.body
  await call(issuer, 'POST', '/session/refresh', { refresh_token: first })
  const { status, body } = await call(issuer, 'POST', '/session/sign-out', { refresh_token: first })
  assert.deepEqual([status, body.ended, body.confirmed], [200, 1, true])
})

test('S3: a sign-out with what is no token of ours is 401', async () => {
  for (const token of ['garbage', 'cfr_garbage']) {
    const { status, body } = await call(issuer, 'POST', '/session/sign-out', undefined, { authorization: `Bearer ${token}` })
    assert.deepEqual([status, body.error], [401, 'invalid_token'])
    assert.equal((await call(issuer, 'POST', '/session/sign-out', { refresh_token: token })).status, 401)
  }
})

test('contract §5: Prefer wait is applied, and told', async () => {
  const phone = await device(running, identifier)
  const { headers } = await phone.call('POST', '/session/sign-out', undefined, { prefer: 'wait=5' })
  assert.equal(headers.get('preference-applied'), 'wait=5')
})
