import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Curfew, type CurfewOptions, createCurfew } from '../../src/index.ts'
import { realWorld } from '../../src/real-world.ts'
import type { World } from '../../src/world.ts'

const issuer = 'https://login.test'
const password = 'correct horse battery staple'
const secret = 'a client secret with more than thirty-two characters: 0123456789'

/** An issuer without a network. Clocks can be moved; its timers come at once, and say for how long they were set. */
async function open(more: Partial<CurfewOptions> = {}) {
  const real = realWorld()
  let ahead = 0
  const advance = (milliseconds: number): void => {
    ahead += milliseconds
  }
  const lines: Record<string, unknown>[] = []
  const write = (facts: object) => void lines.push({ ...facts })
  const world: World = { ...real, wall: () => real.wall() + ahead, monotonic: () => real.monotonic() + ahead }
  const curfew = createCurfew({
    ...{ issuer, audience: 'https://api.test', database: ':memory:', control: false, secret: 'test master secret, which is long enough' },
    ...{ accounts: { signUp: true }, world, logger: { debug: write, info: write, warn: write, error: write } },
    clients: [
      { id: 'backend', secret, grants: ['client_credentials'], scopes: [], audience: issuer },
      { id: 'spa', redirectUris: ['https://spa.test/back'] },
    ],
    ...more,
  } as CurfewOptions)
  await curfew.ready()
  return { curfew, lines, advance, ...callers(curfew) }
}

function callers(curfew: Curfew) {
  const call = async (path: string, body: object, address: string | undefined, headers: Record<string, string> = {}) => {
    const request = new Request(issuer + path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })
    const answer = await curfew.fetch(request, { peer: { address } })
    // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the tests are about.
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as any }
  }
  const signIn = (identifier: string, typed: string, address: string | undefined, more: object = {}) =>
    call('/session/sign-in', { identifier, password: typed, mode: 'token', ...more }, address)
  const signUp = (identifier: string, address = '127.0.0.1') => call('/sign-up', { identifier, password, mode: 'token' }, address)
  return { call, signIn, signUp }
}

/** So that refusals need not be waited for: what is tested is what they come to. */
const hasty = (): World => {
  const real = realWorld()
  return { ...real, after: (_milliseconds, run) => real.after(0, run) }
}

const tally = (answers: readonly { status: number }[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(answers, ({ status }) => status)].map(([status, all]) => [status, all.length]))

test('LG-2, S9: of fifty wrong passwords at once ten are looked at, and the others are told when to come back', async () => {
  const { curfew, signIn, signUp, advance } = await open()
  await signUp('ada')
  const came = await Promise.all(Array.from({ length: 50 }, () => signIn('ada', 'wrong wrong wrong wrong', '203.0.113.7')))
  assert.deepEqual(tally(came), { 401: 10, 429: 40 })
  const refused = came.find(({ status }) => status === 429)!
  assert.equal(refused.body.error, 'too_many_requests')
  const wait = Number(refused.headers.get('retry-after'))
  assert.ok(wait >= 58 && wait <= 60, `${wait}`)
  assert.equal(refused.body.error_description, `Too many tries. Wait ${wait} seconds, then try again.`)
  assert.equal((await signIn('ada', password, '203.0.113.7')).status, 429, 'from there nobody gets in now, whatever they know')
  advance(61_000)
  assert.equal((await signIn('ada', password, '203.0.113.7')).status, 200, 'the wait that was told is enough')
  await curfew.close()
})

test('LG-2: who floods a name does not keep its owner out: not elsewhere, not on a known device, and not for good', async () => {
  const { curfew, signIn, signUp } = await open({ world: hasty(), limits: { accountEverywhere: { burst: 20 } } })
  const { device_token } = (await signUp('ada')).body
  // A botnet: many networks, until nothing is left for the account from everywhere.
  const flood = []
  for (let index = 0; index < 25; index += 1) flood.push(await signIn('ada', 'wrong wrong wrong wrong', `198.51.${index}.7`))
  assert.deepEqual(tally(flood), { 401: 20, 429: 5 })
  const stranger = await signIn('ada', password, '203.0.113.7')
  assert.equal(stranger.status, 429)
  assert.ok(Number(stranger.headers.get('retry-after')) <= 864, 'a bounded wait')
  for (let index = 0; index < 3; index += 1) {
    const known = await signIn('ada', password, '203.0.113.7', { device_token })
    assert.equal(known.status, 200, 'the owner, on a device that was signed in before')
    assert.ok(known.body.device_token)
  }
  // The device has tries of its own, and no more than those; another name it does not know.
  const stolen = await Promise.all(
    Array.from({ length: 25 }, () => signIn('ada', 'wrong wrong wrong wrong', '192.0.2.1', { device_token })),
  )
  assert.deepEqual(tally(stolen), { 401: 20, 429: 5 })
  assert.equal((await signIn('ada', password, '203.0.113.7', { device_token: `${device_token}x` })).status, 429)
  await signUp('eve')
  assert.equal((await signIn('eve', password, '203.0.113.9')).status, 200)
  await curfew.close()
})

test('LG-1, LG-2: a name that nobody has is counted like any other', async () => {
  const { curfew, signIn, signUp } = await open({ world: hasty() })
  await signUp('ada')
  const of = async (name: string) =>
    (await Promise.all(Array.from({ length: 12 }, () => signIn(name, 'wrong wrong wrong wrong', '203.0.113.7'))))
      .map(({ status, body }) => [status, body.error, body.error_description?.replace(/\d+/, 'N')])
      .sort()
  assert.deepEqual(await of('ada'), await of('nobody'))
  await curfew.close()
})

test('LG-2: signing in often is no attack: what was right is given back, and a NAT full of people gets in', async () => {
  const { curfew, signIn, signUp } = await open({ world: hasty(), limits: { signInsFromNetwork: { burst: 35 } } })
  await signUp('ada')
  for (let index = 0; index < 25; index += 1) assert.equal((await signIn('ada', password, '203.0.113.7')).status, 200)
  // From one address: so many at once, then one a second, whatever the names.
  const many = await Promise.all(
    Array.from({ length: 30 }, (_, index) => signIn(`nobody-${index}`, 'wrong wrong wrong wrong', '203.0.113.7')),
  )
  const { 401: looked = 0, 429: refused = 0 } = tally(many)
  assert.ok(looked >= 10 && looked <= 20 && looked + refused === 30, `${looked}`)
  assert.equal((await signIn('nobody-x', 'wrong wrong wrong wrong', '2001:db8:0:1::7')).status, 401, 'another network')
  await curfew.close()
})

test('LG-2: IPv6 is counted by its /64, which is what one machine has', async () => {
  const { curfew, signIn } = await open({ world: hasty() })
  const came = []
  for (let index = 0; index < 12; index += 1) came.push(await signIn('ada', 'wrong wrong wrong wrong', `2001:db8:0:1::${index + 1}`))
  assert.deepEqual(tally(came), { 401: 10, 429: 2 })
  assert.equal((await signIn('ada', 'wrong wrong wrong wrong', '2001:db8:0:2::1')).status, 401)
  await curfew.close()
})

test('LG-2, RL-1: who has a whole /48 does not use up the mails of everybody', async () => {
  const mail = { from: 'login@login.test', transport: async () => undefined }
  const { curfew, call } = await open({ mail, limits: { mailsFromRegion: { burst: 3 } } })
  const ask = (index: number, address: string) => call('/password/forgotten', { identifier: `nobody-${index}` }, address)
  const came = []
  for (let index = 0; index < 5; index += 1) came.push(await ask(index, `2001:db8:0:${index + 1}::1`))
  assert.deepEqual(tally(came), { 202: 3, 429: 2 })
  assert.equal((await ask(5, '2001:db8:1:1::1')).status, 202)
  await curfew.close()
})

test('RL-1: an account of one’s own is no way to hold up everybody’s sign-ins: right passwords are counted where nothing else is', async () => {
  const { curfew, call, signIn, signUp } = await open({ limits: { ownPassword: { burst: 5, every: 60 } } })
  const [ada, bob] = [(await signUp('ada')).body, (await signUp('bob')).body]
  const again = () => signIn('ada', password, '203.0.113.7', { device_token: ada.device_token })
  assert.deepEqual(tally(await Promise.all(Array.from({ length: 8 }, again))), { 200: 5, 429: 3 })
  const headers = { authorization: `Bearer ${ada.access_token}` }
  const fresh = () => call('/session/reauthenticate', { password }, '203.0.113.7', headers)
  assert.deepEqual(tally(await Promise.all(Array.from({ length: 8 }, fresh))), { 200: 5, 429: 3 })
  const next = { current_password: password, new_password: 'another horse battery staple' }
  assert.equal((await call('/password', next, '203.0.113.7', headers)).status, 429)
  assert.equal((await signIn('bob', password, '203.0.113.7', { device_token: bob.device_token })).status, 200, 'nobody else waits')
  assert.equal((await signIn('ada', password, '203.0.113.7')).status, 200, 'as on a device that nobody knows')
  await curfew.close()
})

test('LG-2, PR-2: who takes a stranger’s address as a name does not fill their mailbox with new passwords; who verified theirs hears of each', async () => {
  const sent: string[] = []
  let told = Promise.withResolvers<void>()
  const transport = async ({ to, subject, text }: { to: string; subject: string; text: string }) => {
    sent.push(`${to} ${subject}`)
    token = /token=([\w-]+)/.exec(text)?.[1] ?? token
    told.resolve()
  }
  let token = ''
  const { curfew, call, signUp, lines } = await open({ world: hasty(), mail: { from: 'login@login.test', transport } })
  const changes = async (address: string, from: object): Promise<number> => {
    let access = (from as { access_token: string }).access_token
    const before = lines.filter(({ event }) => event === 'mail.failed').length
    for (let index = 0; index < 5; index += 1) {
      const [current, next] = [index, index + 1].map((one) => (one === 0 ? password : `another horse battery staple ${one}`))
      const headers = { authorization: `Bearer ${access}` }
      const changed = await call('/password', { current_password: current, new_password: next }, '203.0.113.7', headers)
      assert.equal(changed.status, 200)
      access = changed.body.access_token
    }
    const arrived = () => sent.filter((one) => one.startsWith(address) && one.includes('was changed')).length
    const refused = () => lines.filter(({ event }) => event === 'mail.failed').length - before
    while (arrived() + refused() < 5) await new Promise((resolve) => setImmediate(resolve))
    return arrived()
  }
  const eve = await signUp('stranger@example.com')
  await told.promise
  assert.equal(await changes('stranger@example.com', eve.body), 3)
  told = Promise.withResolvers()
  const ada = await signUp('ada@example.com')
  await told.promise
  assert.equal((await call('/mail/verify', { token }, '203.0.113.7')).status, 200)
  assert.equal(await changes('ada@example.com', ada.body), 5)
  await curfew.close()
})

test('LG-2, LG-5: a restart forgets no try', async () => {
  const database = join(mkdtempSync(join(tmpdir(), 'curfew-limits-')), 'curfew.db')
  const first = await open({ world: hasty(), database })
  for (let index = 0; index < 10; index += 1) await first.signIn('ada', 'wrong wrong wrong wrong', '203.0.113.7')
  await first.curfew.close()
  const second = await open({ world: hasty(), database })
  assert.equal((await second.signIn('ada', 'wrong wrong wrong wrong', '203.0.113.7')).status, 429)
  await second.curfew.close()
})

test('LG-2: sign-ups and passwords that are to be changed have limits, too', async () => {
  const { curfew, call, signUp } = await open({
    world: hasty(),
    limits: { signUpsFromNetwork: { burst: 3 }, passwordChange: { burst: 2 } },
  })
  const made = []
  for (let index = 0; index < 5; index += 1) made.push(await signUp(`user-${index}`, '203.0.113.7'))
  assert.deepEqual(tally(made), { 201: 3, 429: 2 })
  const authorization = `Bearer ${made[0]!.body.access_token}`
  const change = (current: string) =>
    call('/password', { current_password: current, new_password: 'another horse battery staple' }, '203.0.113.7', { authorization })
  assert.equal((await change('wrong')).status, 401)
  assert.equal((await change('wrong')).status, 401)
  assert.equal((await change(password)).status, 429)
  await curfew.close()
})

test('limits: false counts nothing, and makes no device known', async () => {
  const { curfew, signIn, signUp } = await open({ world: hasty(), limits: false })
  assert.equal((await signUp('ada', '203.0.113.7')).body.device_token, undefined)
  const came = await Promise.all(Array.from({ length: 25 }, () => signIn('ada', 'wrong wrong wrong wrong', '203.0.113.7')))
  assert.deepEqual(tally(came), { 401: 25 })
  await curfew.close()
})

test('TK-4: wrong secrets of a client are counted by network; then a right one is refused there, and nobody elsewhere is', async () => {
  const { curfew, advance } = await open()
  const ask = async (path: string, typed: string, address: string) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${btoa(`backend:${encodeURIComponent(typed)}`)}`,
    }
    const answer = await curfew.fetch(
      new Request(issuer + path, { method: 'POST', body: 'grant_type=client_credentials&token=x', headers }),
      { peer: { address } },
    )
    return { status: answer.status, body: await answer.text(), wait: answer.headers.get('retry-after') }
  }
  const came = []
  for (let index = 0; index < 25; index += 1) came.push(await ask('/token', 'a wrong secret', '203.0.113.7'))
  assert.deepEqual(tally(came), { 401: 20, 429: 5 })
  for (const path of ['/token', '/introspect', '/revoke']) assert.equal((await ask(path, secret, '203.0.113.7')).status, 429, path)
  assert.equal((await ask('/token', secret, '203.0.113.8')).status, 200, 'nobody stops somebody else’s client')
  advance(11_000)
  assert.equal((await ask('/token', secret, '203.0.113.7')).status, 200)
  await curfew.close()
})

test('LG-2, TK-4: behind a proxy that was not named, who fails in a client’s name does not stop the client', async () => {
  const { curfew } = await open()
  const ask = async (typed: string, address: string | undefined) => {
    const authorization = `Basic ${btoa(`backend:${encodeURIComponent(typed)}`)}`
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization }
    const request = new Request(`${issuer}/token`, { method: 'POST', body: 'grant_type=client_credentials', headers })
    return { status: (await curfew.fetch(request, { peer: { address } })).status }
  }
  for (const address of ['172.18.0.2', undefined]) {
    const came = []
    for (let index = 0; index < 25; index += 1) came.push(await ask('a wrong secret', address))
    assert.deepEqual(tally(came), { 401: 20, 429: 5 }, `${address}`)
    assert.equal((await ask(secret, address)).status, 200, `${address}`)
  }
  await curfew.close()
})

test('RL-1: what nobody has to be signed in for has a limit for each network; RL-2: signing out and revoking have none', async () => {
  const { curfew } = await open({
    limits: { requests: { burst: 5, every: 1 } },
    accounts: { signUp: true, mailLink: true },
    mail: { from: 'login@login.test', transport: async () => undefined },
  })
  const ask = async (method: string, path: string, body?: string) =>
    (
      await curfew.fetch(
        new Request(issuer + path, {
          method,
          ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
        }),
        { peer: { address: '203.0.113.7' } },
      )
    ).status
  const came = []
  for (let index = 0; index < 8; index += 1) came.push({ status: await ask('GET', '/jwks') })
  assert.deepEqual(tally(came), { 200: 5, 429: 3 })
  assert.equal(await ask('GET', '/authorize?client_id=spa'), 429)
  for (const path of ['/new-password', '/verify-mail', '/mailed-sign-in']) assert.equal(await ask('POST', path, 'token=x'), 429, path)
  for (const path of ['/password/new', '/mail/verify', '/session/mailed-sign-in']) assert.equal(await ask('POST', path), 429, path)
  assert.equal(await ask('POST', '/session/sign-out'), 200)
  assert.equal(await ask('POST', '/revoke', 'client_id=spa&token=x'), 200)
  await curfew.close()
})

test('RL-1: where so many mails wait that none can be taken, what was done without one is still done, and said to be', async () => {
  const mail = { from: 'login@login.test', transport: () => new Promise(() => undefined) } // a server that hangs
  const { curfew, call, signUp, signIn, lines } = await open({ world: hasty(), mail, limits: false })
  for (let index = 0; index < 4; index += 1) assert.equal((await signUp(`ada-${index}@example.com`)).status, 201)
  for (let waiting = 0; waiting < 1000; waiting += 1) await call('/password/forgotten', { identifier: 'nobody' }, '203.0.113.7')
  assert.equal((await call('/password/forgotten', { identifier: 'nobody' }, '203.0.113.7')).status, 503, 'promises nothing')
  const made = await signUp('bob@example.com')
  assert.deepEqual([made.status, typeof made.body.access_token], [201, 'string'])
  const next = 'another horse battery staple'
  const headers = { authorization: `Bearer ${made.body.access_token}` }
  const changed = await call('/password', { current_password: password, new_password: next }, '203.0.113.7', headers)
  assert.deepEqual([changed.status, typeof changed.body.access_token], [200, 'string'])
  assert.equal((await signIn('bob@example.com', next, '203.0.113.7')).status, 200)
  assert.equal(lines.filter(({ event }) => event === 'mail.not_taken').length, 2)
  await curfew.close()
})

test('look.md 6: the page says how long to wait', async () => {
  const { curfew } = await open({ world: hasty(), limits: { account: { burst: 1, every: 40 } } })
  const peer = { peer: { address: '203.0.113.7' } }
  const query = new URLSearchParams({
    client_id: 'spa',
    redirect_uri: 'https://spa.test/back',
    response_type: 'code',
    code_challenge: 'c'.repeat(43),
    code_challenge_method: 'S256',
    scope: 'openid',
  })
  const shown = await curfew.fetch(new Request(`${issuer}/authorize?${query}`), peer)
  const cookie = shown.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const hidden = (page: string) =>
    Object.fromEntries([...page.matchAll(/name="(interaction|csrf)" value="([^"]+)"/g)].map(([, name, value]) => [name, value]))
  const fields = hidden(await shown.text())
  const post = () =>
    curfew.fetch(
      new Request(`${issuer}/sign-in`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ...fields, identifier: 'ada', password: 'wrong wrong wrong' }),
      }),
      peer,
    )
  assert.equal((await post()).status, 400)
  const refused = await post()
  assert.equal(refused.status, 429)
  assert.match(refused.headers.get('retry-after') ?? '', /^(39|40)$/)
  assert.match(await refused.text(), /Too many tries\.<\/strong>Wait (39|40) seconds, then try again\./)
  await curfew.close()
})

test('LG-1: a refused sign-in leaves on a grid of 250 ms, whatever was computed: by the handed-in clock', async () => {
  const real = realWorld()
  let now = 10_000
  const timers: { at: number; run: () => void }[] = []
  const isGrid = (milliseconds: number) => milliseconds <= 250 && milliseconds > 0
  const world: World = {
    ...real,
    monotonic: () => now,
    // What waits for the grid is held; other timers of the issuer go their way.
    after(milliseconds, run) {
      if (!watching || !isGrid(milliseconds)) return real.after(milliseconds, run)
      timers.push({ at: now + milliseconds, run })
      queueMicrotask(() => {
        now += milliseconds
        run()
      })
      return () => undefined
    },
  }
  let watching = false
  const spent = [3, 40, 180, 249, 250, 251, 600]
  const { curfew, signIn, signUp } = await open({
    world,
    limits: false,
    accounts: {
      // The application's own check, which takes a different time each time, and tells by it whether there is such a user.
      async authenticate() {
        now += spent[0]!
        return undefined
      },
      find: async () => undefined,
    },
  })
  assert.equal((await signUp('x')).status, 404)
  watching = true
  while (spent.length > 0) {
    const came = now
    assert.equal((await signIn('ada', 'wrong', '203.0.113.7')).status, 401)
    assert.equal((now - came) % 250, 0, `${spent[0]} ms of work left after ${now - came} ms`)
    assert.ok(now - came >= spent[0]!)
    spent.shift()
  }
  watching = false
  await curfew.close()
})

test('LG-1: unknown user, wrong password, disabled: one answer, and none before the first 250 ms are over', async () => {
  const { curfew, signIn, signUp } = await open()
  const { user } = (await signUp('ada')).body
  const refusals = []
  const own = await open({ accounts: { authenticate: async () => ({ sub: 'ada' }), find: async () => ({ sub: 'ada', disabled: true }) } })
  for (const [name, typed] of [
    ['nobody', password],
    ['ada', 'wrong wrong wrong wrong'],
    ['disabled', password],
  ] as const) {
    const began = performance.now()
    const { status, body, headers } = await (name === 'disabled' ? own.signIn : signIn)(name, typed, '203.0.113.7')
    refusals.push({
      status,
      error: body.error,
      description: body.error_description,
      members: Object.keys(body),
      headers: [...headers.keys()],
    })
    assert.ok(performance.now() - began >= 249)
  }
  assert.deepEqual(refusals[0], refusals[1])
  assert.deepEqual(refusals[0], refusals[2])
  await own.curfew.close()
  assert.ok(user.sub)
  await curfew.close()
})

test('RL-2: a sign-out waits for no password: under forty sign-ins at once it is answered first', async () => {
  const { curfew, signIn, signUp, call } = await open({ limits: false })
  await curfew.verifier().ready()
  const { access_token } = (await signUp('ada')).body
  let pending = 0
  const flood = Array.from({ length: 40 }, async (_, index) => {
    pending += 1
    await signIn(`stranger-${index}`, 'wrong wrong wrong wrong', '203.0.113.7')
    pending -= 1
  })
  const ended = await call('/session/sign-out', {}, '203.0.113.9', { authorization: `Bearer ${access_token}` })
  assert.deepEqual([ended.status, ended.body.ended, ended.body.confirmed], [200, 1, true])
  assert.ok(pending > 20, `${pending} of forty sign-ins still wait for their turn`)
  await Promise.all(flood)
  await curfew.close()
})

test('LG-2: an address that may be everybody’s counts nobody: none, and a proxy’s that was not named', async () => {
  const few = { signUpsFromNetwork: { burst: 2 } }
  const unnamed = await open({ limits: few })
  for (const address of ['10.0.0.7', '172.18.0.2', 'fd00::2', '127.0.0.1', undefined])
    for (let index = 0; index < 3; index += 1)
      assert.equal((await unnamed.call('/sign-up', { identifier: `${address}-${index}`, password, mode: 'token' }, address)).status, 201)
  await unnamed.curfew.close()
  const named = await open({ limits: few, proxies: ['10.0.0.1'] })
  const came = []
  for (let index = 0; index < 3; index += 1) came.push(await named.signUp(`inside-${index}`, '10.0.0.7'))
  assert.deepEqual(tally(came), { 201: 2, 429: 1 })
  await named.curfew.close()
})
