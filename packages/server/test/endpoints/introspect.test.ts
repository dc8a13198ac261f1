import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { payload } from '../jwt.ts'
import { openIssuer, ordersKey, post, secret, signUp, tokensFor, web } from './clients.ts'
import type { Running } from './running.ts'

let running: Running
before(async () => {
  running = await openIssuer()
  await signUp(running, 'ada')
})
after(() => running.close())

const billingKey = { id: 'billing', secret: 'B'.repeat(43) }
const introspect = (token: string | undefined, basic: { id: string; secret: string } | null = ordersKey, more = {}) =>
  post(`${running.issuer}/introspect`, { token, ...more }, basic ?? undefined)
const dead = '{"active":false}'

test('IN-1: services with their key and clients with their secret; nobody else', async () => {
  const { access_token } = await tokensFor(running, 'ada')
  assert.equal((await introspect(access_token)).body.active, true)
  assert.equal((await introspect(access_token, web)).body.active, true)
  for (const basic of [undefined, { id: 'orders', secret: 'wrong' }, { id: 'orders', secret: 'X'.repeat(43) }, { id: 'app', secret: '' }]) {
    assert.equal((await post(`${running.issuer}/introspect`, { token: access_token }, basic)).status, 401)
  }
  assert.equal((await introspect(access_token, null, { client_id: 'native' })).status, 401)
  assert.equal((await post(`${running.issuer}/introspect`, { token: access_token, client_id: 'native' })).status, 401)
})

test('RFC 7662 §2.2: a live token, with its claims, no-store', async () => {
  const { access_token } = await tokensFor(running, 'ada')
  const { body, headers } = await introspect(access_token)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.deepEqual(body, { active: true, ...payload(access_token), token_type: 'Bearer' })
})

test('IN-2: dead, foreign, malformed and other kinds: exactly {"active":false}', async () => {
  const ada = await tokensFor(running, 'ada')
  const gone = await tokensFor(running, 'ada')
  await running.curfew.end({ session: String(payload(gone.access_token).sid) })
  const [head, body, signature] = ada.access_token!.split('.')
  const wrong: [string, string | undefined, typeof ordersKey][] = [
    ['ended', gone.access_token, ordersKey],
    ['another audience', ada.access_token, billingKey],
    ["another client's", ada.access_token, { id: 'worker', secret }],
    ['a refresh token, at a service', ada.refresh_token, ordersKey],
    ['an ID token', ada.id_token, ordersKey],
    ['garbage', 'garbage', ordersKey],
    ['a changed signature', `${head}.${body}.${signature!.slice(0, -4)}AAAA`, ordersKey],
    ['alg none', `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${body}.`, ordersKey],
    ['too long', 'x'.repeat(20_000), ordersKey],
  ]
  for (const [what, token, key] of wrong) {
    const answer = await fetch(`${running.issuer}/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${key.id}:${key.secret}`).toString('base64')}` },
      body: new URLSearchParams({ token: token ?? '' }),
    })
    assert.equal(await answer.text(), dead, what)
    assert.equal(answer.status, 200, what)
  }
})

test('IN-3: at once after the sign-out, and `stale` is refused as well (P6)', async () => {
  const { access_token } = await tokensFor(running, 'ada')
  const { sub } = payload(access_token)
  await running.curfew.stale({ user: String(sub) })
  assert.deepEqual((await introspect(access_token)).body, { active: false })
  const { access_token: next } = await tokensFor(running, 'ada')
  assert.equal((await introspect(next)).body.active, true)
  await running.curfew.end({ user: String(sub) }, { wait: 0 })
  assert.deepEqual((await introspect(next)).body, { active: false })
})

test("a client's own refresh token: active while its grant lives, and not when it was rotated", async () => {
  const tokens = await tokensFor(running, 'ada')
  const { body } = await introspect(tokens.refresh_token, web)
  assert.deepEqual([body.active, body.client_id, body.iss, 'token_type' in body], [true, 'web', running.issuer, false])
  await post(`${running.issuer}/token`, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, web)
  assert.deepEqual((await introspect(tokens.refresh_token, web)).body, { active: false })
})
