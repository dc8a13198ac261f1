import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Curfew, type CurfewOptions, createCurfew } from '../../src/index.ts'

const issuer = 'https://login.test'
const audience = 'https://api.test'
const password = 'correct horse battery staple'
const [home, nextDoor, away] = ['203.0.113.7', '203.0.113.99', '198.51.100.7']

async function open(session: CurfewOptions['session'], more: Partial<CurfewOptions> = {}) {
  const lines: Record<string, unknown>[] = []
  const write = (facts: object) => void lines.push({ ...facts })
  const curfew = createCurfew({
    ...{
      issuer,
      audience,
      database: ':memory:',
      control: false,
      secret: 'test master secret, which is long enough',
      accounts: { signUp: true },
    },
    ...{ session, logger: { debug: write, info: write, warn: write, error: write } },
    ...more,
  } as CurfewOptions)
  await curfew.verifier().ready()
  return { curfew, lines }
}

/** A device that moves: its cookies, or its tokens. */
function device(curfew: Curfew) {
  const jar = new Map<string, string>()
  return {
    jar,
    async call(address: string, method: string, path: string, body?: object, bearer?: string, more: Record<string, string> = {}) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const own =
        bearer === undefined ? { cookie, 'curfew-request': '1', 'sec-fetch-site': 'same-origin' } : { authorization: `Bearer ${bearer}` }
      const sent = body === undefined ? {} : { body: JSON.stringify(body) }
      const request = new Request(issuer + path, { method, ...sent, headers: { 'content-type': 'application/json', ...own, ...more } })
      const answer = await curfew.fetch(request, { peer: { address } })
      for (const line of answer.headers.getSetCookie()) {
        const [pair = ''] = line.split(';')
        const [name = '', value = ''] = pair.split('=')
        if (line.includes('Max-Age=0;')) jar.delete(name)
        else jar.set(name, value)
      }
      // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the tests are about.
      return { status: answer.status, headers: answer.headers, body: (await answer.json()) as any }
    },
  }
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())

test('question S2: sign_in: a refresh token is good in its network; from elsewhere it takes a fresh sign-in, after which the same device goes on there', async () => {
  const { curfew } = await open({ binding: { to: 'prefix' } })
  const phone = device(curfew)
  let { body: tokens } = await phone.call(home, 'POST', '/sign-up', { identifier: 'ada', password, mode: 'token' })
  const sid = tokens.session.sid
  const refresh = (address: string) => phone.call(address, 'POST', '/session/refresh', { refresh_token: tokens.refresh_token }, undefined)
  const moved = await refresh(nextDoor)
  assert.equal(moved.status, 200)
  tokens = { ...tokens, ...moved.body }
  assert.equal(claimsOf(tokens.access_token).cnf, undefined, 'services do not look at it')

  const elsewhere = await refresh(away)
  assert.deepEqual([elsewhere.status, elsewhere.body.error], [401, 'insufficient_user_authentication'])
  assert.match(elsewhere.headers.get('www-authenticate') ?? '', /insufficient_user_authentication/)
  const home2 = await refresh(home)
  assert.equal(home2.status, 200, 'nothing ended by it')
  tokens = { ...tokens, ...home2.body }

  const again = await phone.call(away, 'POST', '/session/reauthenticate', { password }, tokens.access_token)
  assert.deepEqual([again.status, again.body.session.sid], [200, sid])
  assert.equal((await refresh(home)).status, 401, 'it is bound to the other place now')
  const there = await refresh(away)
  assert.deepEqual([there.status, claimsOf(there.body.access_token).sid], [200, sid])
  await curfew.close()
})

test('question S2: refuse: a session by cookie is renewed in its place only, and ends from anywhere', async () => {
  const { curfew } = await open({ binding: { to: 'exact', onMismatch: 'refuse' } })
  const laptop = device(curfew)
  await laptop.call(home, 'POST', '/sign-up', { identifier: 'ada', password })
  assert.equal((await laptop.call(home, 'POST', '/session/refresh', {})).status, 200)
  const elsewhere = await laptop.call(nextDoor, 'POST', '/session/refresh', {})
  assert.deepEqual([elsewhere.status, elsewhere.body.error], [403, 'access_denied'])
  assert.equal((await laptop.call(home, 'POST', '/session/refresh', {})).status, 200)
  const out = await laptop.call(away, 'POST', '/session/sign-out')
  assert.deepEqual([out.status, out.body.ended], [200, 1])
  await curfew.close()
})

test('question S2: record: nothing is refused, and the log says so', async () => {
  const { curfew, lines } = await open({ binding: { to: 'prefix', onMismatch: 'record' } })
  const phone = device(curfew)
  const { body } = await phone.call(home, 'POST', '/sign-up', { identifier: 'ada', password, mode: 'token' })
  assert.equal((await phone.call(home, 'POST', '/session/refresh', { refresh_token: body.refresh_token })).status, 200)
  assert.equal(
    lines.some(({ event }) => event === 'binding.elsewhere'),
    false,
  )
  assert.equal((await phone.call(away, 'POST', '/session/refresh', { refresh_token: body.refresh_token })).status, 200)
  const [line] = lines.filter(({ event }) => event === 'binding.elsewhere')
  assert.ok(line)
  assert.doesNotMatch(JSON.stringify(line), /198\.51/)
  await curfew.close()
})

test('question S2: requests: services, userinfo and the session API look at each request; sign-out never does', async () => {
  const { curfew } = await open({ binding: { to: 'prefix', requests: true } })
  const phone = device(curfew)
  const { body } = await phone.call(home, 'POST', '/sign-up', { identifier: 'ada', password, mode: 'token' })
  const token = body.access_token as string
  assert.deepEqual(claimsOf(token).cnf, { address: '203.0.113.0/24' })
  const verdict = async (address?: string) => {
    const said = await curfew.verifier().verify({ token, address })
    return said.outcome === 'refused' ? said.reason : said.outcome
  }
  assert.equal(await verdict(nextDoor), 'accepted')
  assert.equal(await verdict(away), 'address_wrong')
  assert.equal(await verdict(undefined), 'address_wrong')
  assert.equal(await verdict(home), 'accepted', 'a refusal is about one request, and is not remembered for the token')
  assert.equal((await phone.call(home, 'GET', '/session', undefined, token)).status, 200)
  assert.equal((await phone.call(away, 'GET', '/session', undefined, token)).status, 401)
  assert.equal((await phone.call(away, 'GET', '/sessions', undefined, token)).status, 401)
  assert.equal((await phone.call(home, 'GET', '/userinfo', undefined, token)).status, 200)
  assert.equal((await phone.call(away, 'GET', '/userinfo', undefined, token)).status, 401)

  const laptop = device(curfew)
  await laptop.call(home, 'POST', '/session/sign-in', { identifier: 'ada', password })
  assert.equal((await laptop.call(nextDoor, 'GET', '/sessions')).status, 200)
  assert.equal((await laptop.call(away, 'GET', '/sessions')).status, 401)
  const page = async (address: string, path: string) => {
    const headers = { cookie: [...laptop.jar].map(([name, value]) => `${name}=${value}`).join('; ') }
    const answer = await curfew.fetch(new Request(`https://login.test${path}`, { headers }), { peer: { address } })
    return `${answer.status} ${answer.headers.get('location') ?? ''} ${/This device/.test(await answer.text())}`
  }
  assert.equal(await page(nextDoor, '/account'), '200  true')
  assert.equal(await page(away, '/account'), '200  false', 'the sign-in')
  assert.equal(await page(nextDoor, '/account/password'), '200  false')
  assert.equal(await page(away, '/account/password'), '303 /account false')
  const guarded = curfew.protect().fetch(() => Response.json({ in: true }))
  const ask = async (address: string, jar: Map<string, string>) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    return guarded(new Request('https://login.test/mine', { headers: { cookie } }), { peer: { address } })
  }
  assert.equal((await ask(nextDoor, laptop.jar)).status, 200)
  const stolen = await ask(away, laptop.jar)
  assert.equal(stolen.status, 401)
  assert.deepEqual(stolen.headers.getSetCookie(), [])
  assert.equal((await phone.call(away, 'POST', '/session/sign-out', undefined, token)).body.ended, 1)
  await curfew.close()
})

test('question S2: an OAuth client: its refresh, and the authorization by a cookie that came from elsewhere', async () => {
  const client = {
    id: 'spa',
    redirectUris: ['https://spa.test/back'],
    scopes: ['openid'],
    consent: 'skip',
    binding: { to: 'prefix' },
  } as const
  const { curfew } = await open({}, { clients: [client as never] })
  const laptop = device(curfew)
  await laptop.call(home, 'POST', '/sign-up', { identifier: 'ada', password })
  const verifier = 'v'.repeat(43)
  const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url')
  const query = new URLSearchParams({
    client_id: 'spa',
    redirect_uri: 'https://spa.test/back',
    response_type: 'code',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    scope: 'openid',
  })
  const authorize = async (address: string, more = '') => {
    const cookie = [...laptop.jar].map(([name, value]) => `${name}=${value}`).join('; ')
    return curfew.fetch(new Request(`${issuer}/authorize?${query}${more}`, { headers: { cookie } }), { peer: { address } })
  }
  assert.equal((await authorize(away)).status, 200, 'the sign-in page')
  assert.match((await authorize(away, '&prompt=none')).headers.get('location') ?? '', /error=login_required/)
  const back = new URL((await authorize(nextDoor)).headers.get('location')!)
  const code = back.searchParams.get('code')!
  const token = async (address: string, fields: Record<string, string>) => {
    const request = new Request(`${issuer}/token`, { method: 'POST', body: new URLSearchParams({ client_id: 'spa', ...fields }) })
    const answer = await curfew.fetch(request, { peer: { address } })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  const { body } = await token(away, {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: 'https://spa.test/back',
  })
  const refused = await token(home, { grant_type: 'refresh_token', refresh_token: body.refresh_token! })
  assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_grant'], 'bound to where it was redeemed')
  assert.equal((await token(away, { grant_type: 'refresh_token', refresh_token: body.refresh_token! })).status, 200)
  await curfew.close()
})

test('AD-6: a binding that cannot be kept stops the start', () => {
  const start = (binding: object) => () =>
    createCurfew({ issuer, audience, database: ':memory:', control: false, secret: 's'.repeat(40), session: { binding } as never })
  assert.throws(start({ to: 'prefix', onMismatch: 'record', requests: true }), /onMismatch cannot be record/)
  assert.throws(start({ to: 'country' }), /session\.binding\.to/)
})

test('LG-6: the address comes from a header of a named proxy only', async () => {
  const named = await open({ binding: { to: 'exact', onMismatch: 'refuse' } }, { proxies: ['10.0.0.0/8'] })
  const laptop = device(named.curfew)
  const by = (address: string, forwarded: string) =>
    laptop.call(address, 'POST', '/session/refresh', {}, undefined, { 'x-forwarded-for': forwarded })
  await laptop.call('10.1.1.1', 'POST', '/sign-up', { identifier: 'ada', password }, undefined, { 'x-forwarded-for': `6.6.6.6, ${home}` })
  assert.equal((await by('10.2.2.2', home)).status, 200)
  assert.equal((await by('10.2.2.2', `${home}, ${away}`)).status, 403)
  assert.equal((await by(away, home)).status, 403, 'nobody between: the header is the caller’s own')
  await named.curfew.close()
  const problems = [['10.0.0.1/8'], ['proxy.internal'], ['::/0']]
  for (const proxies of problems)
    assert.throws(
      () => createCurfew({ issuer, audience, database: ':memory:', control: false, secret: 's'.repeat(40), proxies }),
      /proxies: /,
    )
})
