import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { browser, call, newName, signedUp } from '../calling.ts'
import { open, password } from '../running.ts'

const running = await open()
const { issuer } = running
after(() => running.close())

const tokenShape = /eyJ[\w-]+\.[\w-]+\.[\w-]+|cfr_/

test('contract §5, BF-1, BF-2: sign-up is 201 with two cookies, and no token in the body', async () => {
  const { answer } = await signedUp(running)
  assert.equal(answer.status, 201)
  assert.deepEqual(Object.keys(answer.body).sort(), ['session', 'user'])
  const [session, access] = answer.headers.getSetCookie()
  assert.match(session ?? '', /^curfew=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/)
  assert.match(access ?? '', /^curfew-at=eyJ[\w.-]+; Max-Age=300; Path=\/; HttpOnly; SameSite=Strict$/)
  assert.doesNotMatch(JSON.stringify(answer.body), tokenShape)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
})

test('cookie mode is what is done if no mode is said', async () => {
  const { name } = await signedUp(running)
  const answer = await browser(issuer).call('POST', '/session/sign-in', { identifier: name, password })
  assert.equal(answer.headers.getSetCookie().length, 3)
})

test('AZ-19, SS-1: signing in once more: the cookie changes, sid stays; another user ends the old session', async () => {
  const one = await signedUp(running)
  const before = one.jar.get('curfew')
  const again = await one.call('POST', '/session/sign-in', { identifier: one.name, password })
  assert.equal(again.body.session.sid, one.answer.body.session.sid)
  assert.notEqual(one.jar.get('curfew'), before)
  assert.equal(again.headers.getSetCookie().length, 3)
  const old = await call(issuer, 'GET', '/session', undefined, { cookie: `curfew=${before}` })
  assert.equal(old.body.user, null)

  const other = await signedUp(running)
  const mine = one.jar.get('curfew')
  const changed = await one.call('POST', '/session/sign-in', { identifier: other.name, password })
  assert.equal(changed.body.user.name, other.name)
  assert.equal((await call(issuer, 'GET', '/session', undefined, { cookie: `curfew=${mine}` })).body.user, null)
})

test('contract §3, AZ-19: a new account in the browser of somebody else ends their session', async () => {
  const one = await signedUp(running)
  const mine = one.jar.get('curfew')
  const made = await one.call('POST', '/sign-up', { identifier: newName(), password })
  assert.equal(made.status, 201)
  assert.equal((await call(issuer, 'GET', '/session', undefined, { cookie: `curfew=${mine}` })).body.user, null)
})

test('contract §5, BF-2: what came by cookie is only ever answered by cookie', async () => {
  const one = await signedUp(running)
  const before = one.jar.get('curfew-at')
  const answer = await one.call('POST', '/session/refresh')
  assert.equal(answer.status, 200)
  assert.deepEqual(Object.keys(answer.body), ['user', 'session'])
  assert.doesNotMatch(JSON.stringify(answer.body), tokenShape)
  assert.deepEqual(
    answer.headers.getSetCookie().map((line) => line.split('=')[0]),
    ['curfew-at'],
  )
  assert.notEqual(one.jar.get('curfew-at'), before)
})

test('contract §5: refreshing a session that is over says why', async () => {
  const one = await signedUp(running)
  const cookie = `curfew=${one.jar.get('curfew')}`
  await one.call('POST', '/session/sign-out')
  const { status, body } = await browser(issuer).call('POST', '/session/refresh', undefined, { cookie })
  assert.deepEqual([status, body.error, body.reason], [401, 'session_ended', 'signed_out'])
  assert.equal((await browser(issuer).call('POST', '/session/refresh')).status, 401)
})

test('contract §6, ES-6: sign-out deletes our cookies by name, clears the cache and nothing of the host application', async () => {
  const one = await signedUp(running)
  const { status, headers, body } = await one.call('POST', '/session/sign-out')
  assert.deepEqual([status, body.ended, body.confirmed], [200, 1, true])
  assert.deepEqual(headers.getSetCookie(), [
    'curfew=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
    'curfew-at=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
  ])
  assert.equal(headers.get('clear-site-data'), '"cache"')
  assert.deepEqual(
    [...one.jar.keys()],
    ['curfew-device'],
    'that people signed in here before is no secret of theirs, and keeps strangers from locking them out (LG-2)',
  )
})

test('contract §5: nothing to end is {ended: 0, confirmed: true}, and the cookies go all the same', async () => {
  for (const cookie of ['', `curfew=${'x'.repeat(43)}`]) {
    const { status, headers, body } = await browser(issuer).call('POST', '/session/sign-out', undefined, cookie ? { cookie } : {})
    assert.deepEqual([status, body], [200, { ended: 0, confirmed: true }])
    assert.equal(headers.getSetCookie().length, 2)
  }
})

test('S3: a cookie of before a fresh sign-in, whose answer got lost, signs out as well: the access token beside it names the session', async () => {
  const one = await signedUp(running)
  const verifier = running.curfew.verifier()
  await verifier.ready()
  const token = one.jar.get('curfew-at')!
  const cookie = [...one.jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const own = { cookie, 'curfew-request': '1', 'sec-fetch-site': 'same-origin' }
  // Its Set-Cookie reaches nobody.
  assert.equal((await call(issuer, 'POST', '/session/reauthenticate', { password }, own)).status, 200)
  assert.equal((await verifier.verify({ token })).outcome, 'accepted')
  // The page asks whoever is signed in, and nobody without that token (ES-2).
  const page = async (shown: string) => (await fetch(`${issuer}/end-session`, { headers: { cookie: shown } })).text()
  assert.match(await page(cookie), /name="csrf"/)
  assert.match(await page(cookie.replace(/curfew-at=[^;]*/, '')), /Nobody is signed in/)
  const { body } = await one.call('POST', '/session/sign-out')
  assert.deepEqual([body.ended, body.confirmed], [1, true])
  assert.match(await page(cookie), /Nobody is signed in/)
  assert.equal((await verifier.verify({ token })).outcome, 'refused')
  assert.deepEqual([...one.jar.keys()], ['curfew-device'])
})

test('S3: a second click gets the first outcome', async () => {
  const one = await signedUp(running)
  const cookie = `curfew=${one.jar.get('curfew')}`
  await one.call('POST', '/session/sign-out')
  const { status, body } = await browser(issuer).call('POST', '/session/sign-out', undefined, { cookie })
  assert.deepEqual([status, body.ended, body.confirmed], [200, 0, true])
})

/** Every call that a cookie gives power to, from a page that is not ours. */
const foreign: [string, Record<string, string>][] = [
  ['without the header', { 'curfew-request': '' }],
  ['from another site', { 'sec-fetch-site': 'cross-site', origin: 'http://evil.test' }],
  ['from a sibling subdomain', { 'sec-fetch-site': 'same-site', origin: 'http://evil.127.0.0.1.test' }],
  ['from a link', { 'sec-fetch-site': 'none' }],
]
for (const [what, headers] of foreign) {
  test(`BF-4, BF-5: ${what} nothing changes`, async () => {
    const one = await signedUp(running)
    const next = 'another horse battery staple'
    const calls: [string, string, unknown?][] = [
      ['POST', '/session/sign-out'],
      ['POST', '/session/refresh'],
      ['POST', '/session/sign-in', { identifier: one.name, password }],
      ['POST', '/sign-up', { identifier: newName(), password }],
      ['POST', '/password', { current_password: password, new_password: next }],
      ['DELETE', `/sessions/${one.answer.body.session.sid}`],
      ['DELETE', '/sessions'],
      ['DELETE', '/sessions?except=current'],
    ]
    for (const [method, path, body] of calls) {
      const answer = await one.call(method, path, body, headers)
      assert.deepEqual([answer.status, answer.body.error], [403, 'csrf'], `${method} ${path}`)
      assert.deepEqual(answer.headers.getSetCookie(), [])
    }
    assert.equal((await one.call('GET', '/session')).body.user.name, one.name)
  })
}

test('BF-4: a form or text/plain, which needs no preflight, is refused by its type', async () => {
  const one = await signedUp(running)
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const answer = await one.call('POST', '/session/sign-in', { identifier: one.name, password }, { 'content-type': type })
    assert.equal(answer.status, 415, type)
  }
})

test('contract §6: an origin of the own site that is on the list may call, with CORS and credentials', async () => {
  const one = await signedUp(running)
  const origin = 'http://app.127.0.0.1.test'
  const answer = await one.call('POST', '/session/refresh', undefined, { 'sec-fetch-site': 'same-site', origin })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('access-control-allow-origin'), origin)
  assert.equal(answer.headers.get('access-control-allow-credentials'), 'true')
  const spa = await call(issuer, 'GET', '/session', undefined, { origin: 'http://spa.test' })
  assert.equal(spa.headers.get('access-control-allow-origin'), 'http://spa.test')
  assert.equal(spa.headers.get('access-control-allow-credentials'), null)
})

test('BF-4: GET changes nothing', async () => {
  const one = await signedUp(running)
  for (const path of ['/session/sign-out', '/session/refresh', '/password', `/sessions/${one.answer.body.session.sid}`]) {
    assert.equal((await one.call('GET', path)).status, 405, path)
  }
  assert.deepEqual((await one.call('GET', '/session')).headers.getSetCookie(), [])
})

test('contract §6, BF-1: an https issuer has __Host- cookies with Secure', async () => {
  const https = await open({ issuer: 'https://login.test', clients: [], origins: [] })
  after(() => https.close())
  const one = browser(https.issuer)
  const { headers } = await one.call('POST', '/sign-up', { identifier: newName(), password })
  for (const line of headers.getSetCookie())
    assert.match(line, /^__Host-curfew(-at|-device)?=.*; Path=\/; HttpOnly; Secure; SameSite=(Lax|Strict)$/)
  assert.equal((await one.call('GET', '/session')).status, 200)
  assert.deepEqual(
    (await one.call('POST', '/session/sign-out')).headers.getSetCookie().map((line) => line.split(';')[0]),
    ['__Host-curfew=', '__Host-curfew-at='],
  )
})
