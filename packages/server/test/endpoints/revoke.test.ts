import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { payload } from '../jwt.ts'
import { openIssuer, post, secret, seenBy, signUp, tokensFor, web } from './clients.ts'
import type { Running } from './running.ts'

let running: Running
before(async () => {
  running = await openIssuer()
  await signUp(running, 'ada')
  await running.curfew.verifier().ready()
})
after(() => running.close())

const revoke = (token: string | undefined, more = {}, basic: { id: string; secret: string } | null = web, headers = {}) =>
  post(`${running.issuer}/revoke`, { token, ...more }, basic ?? undefined, headers)
const refresh = (token: string | undefined) => post(`${running.issuer}/token`, { grant_type: 'refresh_token', refresh_token: token }, web)

test('RV-2: an access token that is revoked is dead at every verifier when the answer comes; its grant lives', async () => {
  const tokens = await tokensFor(running, 'ada')
  assert.equal(await seenBy(running, tokens.access_token), 'accepted')
  const { status, body } = await revoke(tokens.access_token, { token_type_hint: 'refresh_token' })
  assert.equal(status, 200)
  assert.equal(body.confirmed, true)
  assert.equal(typeof body.took_ms, 'number')
  const receipt = payload(body.receipt)
  assert.equal(receipt.outcome, 'confirmed') // RV-3
  assert.deepEqual(receipt.ended, { jti: payload(tokens.access_token).jti })
  assert.equal(await seenBy(running, tokens.access_token), 'refused')
  const next = await refresh(tokens.refresh_token)
  assert.equal(next.status, 200)
  assert.equal(await seenBy(running, next.body.access_token), 'accepted')
})

test('RV-2: a refresh token ends its grant, with all its access tokens, whatever its generation', async () => {
  const tokens = await tokensFor(running, 'ada')
  const next = await refresh(tokens.refresh_token)
  const { body } = await revoke(tokens.refresh_token)
  assert.deepEqual([body.ended, body.confirmed], [1, true])
  for (const token of [tokens.access_token, next.body.access_token]) assert.equal(await seenBy(running, token), 'refused')
  assert.equal((await refresh(next.body.refresh_token)).body.error, 'invalid_grant')
  const twice = await revoke(next.body.refresh_token)
  assert.deepEqual([twice.status, twice.body.confirmed], [200, true]) // S3
})

test('RV-1: unknown, foreign and expired tokens: 200, nothing happens, and all read the same', async () => {
  const tokens = await tokensFor(running, 'ada')
  const foreign = await revoke(tokens.access_token, { client_id: 'native' }, null)
  const theirs = await revoke(tokens.refresh_token, { client_id: 'native' }, null)
  const unknown = await revoke('nonsense')
  const idToken = await revoke(tokens.id_token)
  for (const answer of [foreign, theirs, unknown, idToken]) {
    assert.deepEqual([answer.status, answer.body], [200, { ended: 0, confirmed: true }])
  }
  assert.equal(await seenBy(running, tokens.access_token), 'accepted')
  assert.equal((await refresh(tokens.refresh_token)).status, 200)
  running.advance(301_000)
  assert.deepEqual((await revoke(tokens.access_token)).body, { ended: 0, confirmed: true })
})

test('RV-4, S6: Prefer: wait=0 does not wait, and says until when', async () => {
  const tokens = await tokensFor(running, 'ada')
  const answer = await revoke(tokens.access_token, {}, web, { prefer: 'wait=0' })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('preference-applied'), 'wait=0')
  if (String(answer.body.confirmed) === 'false') {
    const receipt = await fetch(new URL(answer.headers.get('location')!, running.issuer))
    assert.equal(receipt.status, 200)
  }
})

test('the caller is a client that proves itself', async () => {
  assert.equal((await revoke('x', {}, { id: 'web', secret: 'wrong' })).status, 401)
  assert.equal((await revoke(undefined)).body.error, 'invalid_request')
  assert.equal((await post(`${running.issuer}/revoke`, { token: 'x' })).status, 401)
  assert.equal((await post(`${running.issuer}/revoke`, { token: 'x', client_id: 'web', client_secret: secret })).status, 401) // TK-2
})
