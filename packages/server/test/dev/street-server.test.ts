import assert from 'node:assert/strict'
import { request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Fleet } from '../../src/dev/street/fleet.ts'
import type { IssuerClient } from '../../src/dev/street/issuer-client.ts'
import { makeStreetServer } from '../../src/dev/street/street-server.ts'
import { realWorld } from '../../src/real-world.ts'

const service = { name: 'orders', kind: 'Express', port: 4102, url: 'http://127.0.0.1:4102' }
const live = new Set<string>()
let lost: 'nothing' | 'the question' | 'the answer' = 'nothing'
let born = 0

/** An issuer that knows one code, and tokens that live until they are signed out. */
const issuer: IssuerClient = {
  settings: { issuer: 'http://localhost:4100', clientId: 'fleet', redirectUri: 'http://127.0.0.1/callback', scope: 'openid' },
  answers: async () => true,
  authorizeUrl: async ({ state }) => `http://localhost:4100/authorize?state=${state}`,
  redeem: async (code) => (code === 'good' ? mint() : { failed: 'The issuer said: invalid_grant.' }),
  signIn: async () => mint(),
  refresh: async () => ({ failed: 'ended' }),
  userName: async () => 'Ada Lovelace',
  async signOut(access, everywhere) {
    if (lost === 'the question') return undefined
    if (everywhere) live.clear()
    else live.delete(access)
    return lost === 'the answer' ? undefined : { confirmed: true }
  },
  askAgain: async () => ({ confirmed: true }),
  keys: async () => [],
}

function mint() {
  const access = `token-${born++}`
  live.add(access)
  return { access, refresh: 'r', expiresAt: Number.POSITIVE_INFINITY }
}

const fleet: Fleet = {
  services: [service],
  issuer,
  seen: () => ({ silent: false, leaseMs: 4000, position: 1 }),
  issuerAway: () => false,
  look: async () => undefined,
  callAs: async (_, access) => (live.has(access) ? 'accepted' : 'refused'),
}

let server: Server
let host = ''

before(async () => {
  // The host is part of what the server checks, so the port has to be known first.
  const probe = makeStreetServer({ fleet, host: '', demo: { identifier: 'ada', password: 'p' }, world: realWorld() })
  await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening))
  const { port } = probe.address() as AddressInfo
  await new Promise((closed) => probe.close(closed))
  host = `127.0.0.1:${port}`
  server = makeStreetServer({ fleet, host, demo: { identifier: 'ada', password: 'p' }, world: realWorld() })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
})
after(() => server.closeAllConnections())
after(() => void server.close())

type Got = { status: number; text: string; location: string | undefined; cookie: string | undefined; headers: Record<string, unknown> }

function send(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Got> {
  return new Promise((resolve, reject) => {
    const out = request(
      `http://${host}${path}`,
      { method, headers: { ...headers, ...(body && { 'content-type': 'application/x-www-form-urlencoded' }) } },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            text,
            location: answer.headers.location,
            cookie: answer.headers['set-cookie']?.[0]?.split(';')[0],
            headers: answer.headers,
          }),
        )
      },
    )
    out.on('error', reject)
    out.end(body)
  })
}

const own = { 'sec-fetch-site': 'same-origin' }

/** A browser that has signed in: its cookie. */
async function signedInBrowser(): Promise<{ cookie: string }> {
  const { cookie = '' } = await send('GET', '/')
  const { location = '' } = await send('POST', '/sign-in', { cookie, ...own })
  const state = new URL(location).searchParams.get('state')
  const back = await send('GET', `/callback?code=good&state=${state}&iss=${encodeURIComponent('http://localhost:4100')}`, { cookie })
  assert.equal(back.status, 303)
  return { cookie: back.cookie ?? '' }
}

test('code + PKCE as an ordinary client; the cookie changes at the sign-in', async () => {
  const { cookie = '' } = await send('GET', '/')
  const browser = await signedInBrowser()
  assert.notEqual(browser.cookie, cookie)
  const { text } = await send('GET', '/', browser)
  assert.match(text, /The laptop is signed in\./)
  assert.match(text, /Signed in as <strong>Ada Lovelace<\/strong>/)
  assert.match((await send('GET', '/', { cookie })).text, /Nobody is signed in\./)
})

test('RFC 6749 §10.12, RFC 9207: an answer that belongs to no sign-in here, or comes from another issuer, signs nobody in', async () => {
  const { cookie = '' } = await send('GET', '/')
  const { location = '' } = await send('POST', '/sign-in', { cookie, ...own })
  const state = new URL(location).searchParams.get('state') ?? ''
  const good = encodeURIComponent('http://localhost:4100')
  for (const query of [
    `code=good&state=other&iss=${good}`,
    `code=good&state=${state}&iss=https%3A%2F%2Fevil.example`,
    `code=good&state=${state}&iss=${good}`,
    `error=access_denied&state=&iss=${good}`,
  ]) {
    await send('GET', `/callback?${query}`, { cookie })
    assert.match((await send('GET', '/', { cookie })).text, /You are not signed in\./, query)
  }
})

test('CSRF: a form from elsewhere changes nothing', async () => {
  const browser = await signedInBrowser()
  for (const from of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://localhost:4100' },
    { origin: 'null' },
    {},
  ]) {
    const { status } = await send('POST', '/sign-out', { ...browser, ...from })
    assert.equal(status, 403, JSON.stringify(from))
  }
  assert.match((await send('GET', '/', browser)).text, /The laptop is signed in\./)
  assert.equal((await send('POST', '/sign-out', { ...browser, origin: `http://${host}` })).status, 303)
})

test('DNS rebinding: another name for this address is not served', async () => {
  assert.equal((await send('GET', '/', { host: 'evil.example' })).status, 421)
  assert.equal((await send('GET', '/', { host: host.replace('127.0.0.1', 'localhost') })).status, 421)
})

test('devices are opened, signed out one by one and everywhere; each window turns dark with its milliseconds', async () => {
  const browser = await signedInBrowser()
  const post = (path: string, body = '') => send('POST', path, { ...browser, ...own }, body)
  assert.equal((await post('/devices', 'device=phone')).location, '/')
  assert.equal((await post('/devices', 'device=laptop')).status, 400)
  assert.match((await send('GET', '/', browser)).text, /Two devices are signed in\./)

  await post('/devices/phone/sign-out')
  const { text } = await send('GET', '/', browser)
  assert.match(text, /The phone is signed out\.<\/span> <span>No service accepts it any more\./)
  assert.match(text, /accepted<\/td><td><i class="pane "><\/i>refused after [\d.]+\u00a0ms<\/td>/)

  await post('/sign-out')
  assert.match((await send('GET', '/', browser)).text, /Lights out\./)
  assert.equal((await post('/sign-out')).status, 303) // twice does no harm
})

test('a sign-out without an answer may or may not have worked, and the next calls show which', async () => {
  const browser = await signedInBrowser()
  lost = 'the question'
  await send('POST', '/devices/laptop/sign-out', { ...browser, ...own })
  assert.match((await send('GET', '/', browser)).text, /The server did not answer,<\/span> <span>so this may or may not have worked\./)
  lost = 'the answer'
  await send('POST', '/devices/laptop/sign-out', { ...browser, ...own })
  lost = 'nothing'
  assert.match((await send('GET', '/', browser)).text, /The laptop is signed out\.<\/span> <span>The services refuse it\./)
})

test('with a script: parts of the page as JSON; without a cookie 401, and the page sends nobody in circles', async () => {
  const browser = await signedInBrowser()
  const { status, text } = await send('POST', '/devices', { ...browser, ...own, accept: 'application/json' }, 'device=tablet')
  assert.equal(status, 200)
  assert.match(JSON.parse(text).say, /Two devices are signed in/)
  assert.equal((await send('POST', '/sign-out', { ...own, accept: 'application/json' })).status, 401)
  assert.equal((await send('POST', '/sign-out', own)).location, '/')
})

test('the page is not framed or kept, and only its own script runs', async () => {
  const { headers, cookie = '' } = await send('GET', '/')
  assert.match(
    String(headers['content-security-policy']),
    /^default-src 'none'; style-src 'nonce-[\w-]+'; script-src 'nonce-[\w-]+'; .*frame-ancestors 'none'/,
  )
  assert.equal(headers['cache-control'], 'no-store')
  assert.match(cookie, /^curfew-street=[\w-]{43}$/)
  assert.match(String(headers['set-cookie']), /HttpOnly; SameSite=Lax/)
})

test('bad requests get a clear answer', async () => {
  const browser = await signedInBrowser()
  assert.equal((await send('GET', '/nothing')).status, 404)
  assert.equal((await send('DELETE', '/')).status, 405)
  assert.equal((await send('POST', '/devices/fridge/sign-out', { ...browser, ...own })).status, 404)
  assert.equal((await send('POST', '/devices', { ...browser, ...own }, `device=${'x'.repeat(5000)}`)).status, 413)
  assert.equal((await send('GET', '/receipt', browser)).status, 404)
  assert.equal((await send('GET', '/state')).status, 404)
})

test('BF-4: a page of another site may link here, and fetches or frames nothing: it cannot crowd the streets of others out', async () => {
  for (const site of ['cross-site', 'same-site']) {
    for (const dest of ['empty', 'image', 'iframe']) {
      const fetched = await send('GET', '/', { 'sec-fetch-site': site, 'sec-fetch-dest': dest })
      assert.deepEqual([fetched.status, fetched.cookie], [403, undefined])
    }
    assert.equal((await send('GET', '/', { 'sec-fetch-site': site, 'sec-fetch-dest': 'document' })).status, 200)
  }
  assert.equal((await send('GET', '/', { 'sec-fetch-site': 'none', 'sec-fetch-dest': 'document' })).status, 200)
})
