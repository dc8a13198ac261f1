import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { browser, call, newName } from './calling.ts'
import { authorizeUrl, codeFor, openIssuer, pkce, post, redeem, signIn, web } from './clients.ts'
import { formBrowser } from './form-browser.ts'
import { audience, password } from './running.ts'

const running = await openIssuer()
after(() => running.close())
const { issuer } = running
const verifier = running.curfew.verifier()
await verifier.ready()

const claimsOf = (token: string | undefined) => JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString())
/** What a service with `protect({ maxAge: 300 })` says. */
const fresh = async (token: string | undefined) => {
  const verdict = await verifier.verify({ token, maxAge: 300 })
  return verdict.outcome === 'accepted' ? 'accepted' : verdict.code
}

test('S24, RFC 9470: through the session API: the same session, the same refresh token, a new auth_time', async () => {
  const identifier = newName()
  const { body: before } = await call(issuer, 'POST', '/sign-up', { identifier, password, mode: 'token' })
  running.advance(400_000)
  const { body: old } = await call(issuer, 'POST', '/session/refresh', { refresh_token: before.refresh_token })
  assert.equal(claimsOf(old.access_token).auth_time, claimsOf(before.access_token).auth_time, 'RF-4: a refresh is no sign-in')
  assert.equal(await fresh(old.access_token), 'insufficient_user_authentication')

  const bearer = { authorization: `Bearer ${old.access_token}` }
  const wrong = await call(issuer, 'POST', '/session/reauthenticate', { password: 'wrong wrong wrong wrong' }, bearer)
  assert.deepEqual([wrong.status, wrong.body.error], [401, 'invalid_credentials'])
  assert.equal(await fresh(old.access_token), 'insufficient_user_authentication')
  const { status, body: again, headers } = await call(issuer, 'POST', '/session/reauthenticate', { password }, bearer)
  assert.equal(status, 200)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(again.session.sid, before.session.sid)
  assert.equal(again.refresh_token, undefined)
  assert.equal(await fresh(again.access_token), 'accepted')
  const { body: next } = await call(issuer, 'POST', '/session/refresh', { refresh_token: old.refresh_token })
  assert.equal(await fresh(next.access_token), 'accepted', 'and so are those after it')
  assert.equal(claimsOf(next.access_token).sid, before.session.sid)
})

test('S24, SS-1: by cookie: sid stays, the cookie changes, and the old one is worth nothing', async () => {
  const page = browser(issuer)
  const { body: before } = await page.call('POST', '/sign-up', { identifier: newName(), password })
  const stolen = new Map(page.jar)
  running.advance(400_000)
  await page.call('POST', '/session/refresh')
  assert.equal(await fresh(page.jar.get('curfew-at')), 'insufficient_user_authentication')
  const again = await page.call('POST', '/session/reauthenticate', { password })
  assert.deepEqual([again.status, again.body.session.sid], [200, before.session.sid])
  assert.doesNotMatch(JSON.stringify(again.body), /eyJ/)
  assert.equal(await fresh(page.jar.get('curfew-at')), 'accepted')
  const thief = browser(issuer)
  for (const [name, value] of stolen) thief.jar.set(name, value)
  assert.equal((await thief.call('POST', '/session/refresh')).status, 401)
})

test('S24: nobody signed in, somebody else’s password, a form of another site: no fresh sign-in', async () => {
  assert.equal((await call(issuer, 'POST', '/session/reauthenticate', { password })).status, 401)
  assert.equal((await call(issuer, 'POST', '/session/reauthenticate', { password }, { authorization: 'Bearer x' })).status, 401)
  const [one, other] = [browser(issuer), newName()]
  await one.call('POST', '/sign-up', { identifier: newName(), password })
  await call(issuer, 'POST', '/sign-up', { identifier: other, password: 'another horse battery staple', mode: 'token' })
  const as = await one.call('POST', '/session/reauthenticate', { identifier: other, password: 'another horse battery staple' })
  assert.deepEqual([as.status, as.body.error], [401, 'invalid_credentials'])
  const typed = { identifier: other, password }
  assert.equal(
    (await one.call('POST', '/session/reauthenticate', typed)).status,
    200,
    'built-in accounts have one name: it is not looked at',
  )
  const crossSite = await one.call('POST', '/session/reauthenticate', { password }, { 'sec-fetch-site': 'cross-site' })
  assert.deepEqual([crossSite.status, crossSite.body.error], [403, 'csrf'])
  const tries = []
  for (let index = 0; index < 12; index += 1)
    tries.push((await one.call('POST', '/session/reauthenticate', { password: 'wrong wrong wrong' })).status)
  assert.ok(tries.includes(429), 'LG-2: a stolen session guesses no password')
})

test('S24, AZ-12: through the authorization endpoint: max_age asks for the password again, and the session goes on', async () => {
  const identifier = newName()
  await call(issuer, 'POST', '/sign-up', { identifier, password, mode: 'token' })
  const { browser: pages, ...got } = await codeFor(running, identifier)
  const { body: before } = await redeem(running, got)
  running.advance(400_000)
  const refreshed = async (token: string | undefined) =>
    (await post(`${issuer}/token`, { grant_type: 'refresh_token', refresh_token: token }, web)).body
  const old = await refreshed(before.refresh_token)
  assert.equal(await fresh(old.access_token), 'insufficient_user_authentication')

  const { verifier: proof, challenge } = pkce()
  const asked = await pages.go(authorizeUrl(running, challenge, { max_age: '300' }))
  assert.match(asked.text, /Confirm that it is you/)
  const done = await signIn(pages, asked, identifier)
  const code = done.left!.searchParams.get('code')!
  const { body: again } = await redeem(running, { code, verifier: proof })
  assert.equal(claimsOf(again.access_token).sid, claimsOf(before.access_token).sid)
  assert.equal(await fresh(again.access_token), 'accepted')
  assert.equal(claimsOf(again.id_token).auth_time, claimsOf(again.access_token).auth_time)

  // What another grant of the session has was not shown by whoever holds it: a stolen refresh token gains nothing by it.
  const stolen = await refreshed(old.refresh_token)
  assert.equal(claimsOf(stolen.access_token).auth_time, claimsOf(before.access_token).auth_time)
  assert.equal(await fresh(stolen.access_token), 'insufficient_user_authentication')
})

test('S24: a sign-in in the browser is none for a device with tokens, nor the other way round', async () => {
  const identifier = newName()
  const { body: phone } = await call(issuer, 'POST', '/sign-up', { identifier, password, mode: 'token' })
  const pages = formBrowser()
  const { challenge } = pkce()
  await signIn(pages, await pages.go(authorizeUrl(running, challenge)), identifier)
  running.advance(400_000)
  await signIn(pages, await pages.go(authorizeUrl(running, challenge, { prompt: 'login' })), identifier)
  const { body } = await call(issuer, 'POST', '/session/refresh', { refresh_token: phone.refresh_token })
  assert.equal(await fresh(body.access_token), 'insufficient_user_authentication')
  assert.equal(claimsOf(body.access_token).aud, audience)
})

test('S24, SS-1: a browser’s access token shown as a bearer makes its old cookie no fresher', async () => {
  const page = browser(issuer)
  await page.call('POST', '/sign-up', { identifier: newName(), password })
  running.advance(200_000)
  const again = await call(
    issuer,
    'POST',
    '/session/reauthenticate',
    { password },
    { authorization: `Bearer ${page.jar.get('curfew-at')}` },
  )
  assert.equal(again.status, 200)
  assert.equal(await fresh(again.body.access_token), 'accepted')
  running.advance(200_000)
  await page.call('POST', '/session/refresh')
  assert.equal(await fresh(page.jar.get('curfew-at')), 'insufficient_user_authentication')
})
