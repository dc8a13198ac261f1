import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { payload } from '../jwt.ts'
import { openIssuer, post, secret, signUp, tokensFor } from './clients.ts'
import type { Running } from './running.ts'

let running: Running
before(async () => {
  running = await openIssuer()
  await signUp(running, 'Ada')
})
after(() => running.close())

const ask = async (init: RequestInit = {}, query = '') => {
  const answer = await fetch(`${running.issuer}/userinfo${query}`, init)
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> }
}
const bearer = (token: string | undefined) => ({ headers: { authorization: `Bearer ${token}` } })

test('UI-1: GET, POST with the header, POST with the body; never the query, never two', async () => {
  const { access_token = '' } = await tokensFor(running, 'ada')
  const body = new URLSearchParams({ access_token })
  for (const init of [bearer(access_token), { method: 'POST', ...bearer(access_token) }, { method: 'POST', body }]) {
    const answer = await ask(init)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  }
  assert.equal((await ask({}, `?access_token=${access_token}`)).status, 401)
  assert.equal((await ask({ method: 'POST', body, ...bearer(access_token) })).status, 400)
  const none = await ask()
  assert.equal(none.status, 401)
  assert.equal(none.headers.get('www-authenticate'), 'Bearer')
})

test('UI-2: needs openid; the same sub as the ID token; claims by scope', async () => {
  const full = await tokensFor(running, 'ada')
  const { body } = await ask(bearer(full.access_token))
  assert.deepEqual(body, { sub: payload(full.id_token).sub, name: 'Ada', preferred_username: 'ada' })
  const bare = await tokensFor(running, 'ada', { scope: 'openid' })
  assert.deepEqual((await ask(bearer(bare.access_token))).body, { sub: payload(full.id_token).sub })
  const without = await tokensFor(running, 'ada', { scope: 'orders:read' })
  const refused = await ask(bearer(without.access_token))
  assert.deepEqual([refused.status, refused.body.error], [403, 'insufficient_scope'])
  assert.match(refused.headers.get('www-authenticate') ?? '', /scope="openid"/)
})

test("JV-17, JV-19: an ID token, a refresh token and a client's own token get nothing", async () => {
  const { id_token, refresh_token } = await tokensFor(running, 'ada')
  for (const token of [id_token, refresh_token]) {
    const answer = await ask(bearer(token))
    assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_token'])
  }
  const own = await post(`${running.issuer}/token`, { grant_type: 'client_credentials' }, { id: 'worker', secret })
  assert.equal((await ask(bearer(own.body.access_token))).status, 403)
})

test('UI-3: after a sign-out 401 invalid_token, in the same instant', async () => {
  const { access_token } = await tokensFor(running, 'ada')
  await running.curfew.end({ session: String(payload(access_token).sid) }, { wait: 0 })
  const answer = await ask(bearer(access_token))
  assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_token'])
  assert.match(answer.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
})
