import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { payload } from '../jwt.ts'
import { type Answer, browser, call, device, newName } from './calling.ts'
import { codeFor, openIssuer, ordersKey, post, redeem, secret, signUp, tokensFor, web } from './clients.ts'
import { password } from './running.ts'

const running = await openIssuer({ accounts: { signUp: true } })
const { issuer } = running
after(() => running.close())

/** Everything that must never be written down, by what it is. */
const canaries = new Map<string, string>()
/** Bodies and headers of refusals. */
const refusals: string[] = []

function keep(what: string, value: unknown): string {
  if (typeof value === 'string' && value.length >= 16) canaries.set(value, what)
  return String(value)
}

/** Something secret that was never ours: a person typed it into the wrong place, or a client sent it in the wrong way. */
const planted = (what: string) => keep(`planted: ${what}`, `Canary7${randomBytes(18).toString('base64url')}`)

/** Keeps every secret that an answer hands out, and every refusal. */
function harvest({ status, headers, body }: Answer): Answer {
  for (const line of headers.getSetCookie()) keep('cookie', line.slice(line.indexOf('=') + 1, line.indexOf(';')))
  for (const name of ['access_token', 'refresh_token', 'id_token', 'receipt']) {
    const token = body?.[name]
    if (token === undefined) continue
    if (name !== 'receipt') keep(name, token) // a receipt is no secret
    if (name === 'access_token') for (const id of ['jti', 'sid', 'gid', 'usr']) keep(`${id} in clear`, payload(token)[id])
  }
  if (status >= 400) refusals.push(JSON.stringify([...headers, body]))
  return { status, headers, body }
}

const send = async (method: string, path: string, headers: Record<string, string>, body?: string): Promise<Answer> => {
  const answer = await fetch(issuer + path, { method, headers, redirect: 'manual', ...(body !== undefined && { body }) })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  return harvest({ status: answer.status, headers: answer.headers, body: isJson && text !== '' ? JSON.parse(text) : text })
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const json = { 'content-type': 'application/json', 'curfew-request': '1', 'sec-fetch-site': 'same-origin' }

test('LO-1: everything that ends, refreshes and signs in, as it should', async () => {
  const name = newName()
  const page = browser(issuer)
  const ask: typeof page.call = async (...given) => harvest(await page.call(...given))
  const typed = keep('password', `My7Password${randomBytes(12).toString('base64url')}`)
  const next = keep('password', `My8Password${randomBytes(12).toString('base64url')}`)
  await ask('POST', '/sign-up', { identifier: name, password: typed })
  await ask('POST', '/session/refresh')
  await ask('POST', '/password', { current_password: typed, new_password: next })
  const native = harvest(await call(issuer, 'POST', '/session/sign-in', { identifier: name, password: next, mode: 'token' }))
  const refreshed = harvest(await call(issuer, 'POST', '/session/refresh', { refresh_token: native.body.refresh_token }))
  await ask('DELETE', `/sessions/${native.body.session.sid}`)
  harvest(await call(issuer, 'POST', '/session/refresh', { refresh_token: refreshed.body.refresh_token }))
  await ask('POST', '/session/sign-out')

  const other = newName()
  await signUp(running, other)
  const got = await codeFor(running, other)
  keep('code', got.code)
  keep('code verifier', got.verifier)
  for (const value of got.browser.cookies.values()) keep('cookie', value)
  const tokens = harvest(await redeem(running, got))
  harvest(await redeem(running, got)) // twice: refused, and what it gave is ended
  const more = await tokensFor(running, other)
  for (const token of ['access_token', 'refresh_token', 'id_token']) keep(token, more[token])
  const spent = { grant_type: 'refresh_token', refresh_token: more.refresh_token }
  const rotated = harvest(await post(`${issuer}/token`, spent, web))
  harvest(await post(`${issuer}/token`, { grant_type: 'refresh_token', refresh_token: rotated.body.refresh_token }, web))
  running.advance(40_000)
  harvest(await post(`${issuer}/token`, spent, web)) // a replay
  harvest(await post(`${issuer}/introspect`, { token: tokens.body.access_token }, ordersKey))
  harvest(await post(`${issuer}/revoke`, { token: tokens.body.refresh_token }, web))
  await fetch(`${issuer}/end-session?id_token_hint=${tokens.body.id_token}`, { redirect: 'manual' })
  keep('client secret', secret)
  keep('service secret', ordersKey.secret)
})

test('LO-1: secrets in wrong places: every parameter, header, path and broken body', async () => {
  const name = newName()
  await signUp(running, name)
  const phone = await device(running, name)
  harvest(phone.answer)
  for (const parameter of [
    'grant_type',
    'code',
    'refresh_token',
    'client_id',
    'client_secret',
    'scope',
    'resource',
    'code_verifier',
    'token',
  ]) {
    for (const path of ['/token', '/revoke', '/introspect', '/userinfo']) {
      const rest: Record<string, string> = { client_id: 'native', grant_type: 'authorization_code' }
      await send('POST', path, form, String(new URLSearchParams({ ...rest, [parameter]: planted(`${parameter} at ${path}`) })))
    }
  }
  for (const path of ['/authorize', '/end-session', '/sign-in', '/consent', '/new-account', '/sessions']) {
    for (const parameter of [
      'client_id',
      'redirect_uri',
      'state',
      'nonce',
      'id_token_hint',
      'interaction',
      'csrf',
      'except',
      'login_hint',
    ]) {
      await send('GET', `${path}?client_id=web&${parameter}=${planted(`${parameter} at ${path}`)}`, {})
      await send('POST', path, form, `${parameter}=${planted(`${parameter} posted at ${path}`)}`)
    }
  }
  for (const member of ['identifier', 'password', 'mode', 'refresh_token', 'device_name', 'current_password', 'user', 'session', 'token']) {
    for (const path of [
      '/session/sign-in',
      '/session/refresh',
      '/session/sign-out',
      '/sign-up',
      '/password',
      '/admin/end',
      '/ledger/follow',
    ]) {
      const body = { identifier: name, password: 'wrong horse battery staple', [member]: planted(`${member} at ${path}`) }
      await send('POST', path, json, JSON.stringify(body))
      await send('POST', path, json, `{"${planted(`a name at ${path}`)}": ${planted(`broken JSON at ${path}`)}`)
    }
  }
  for (const path of ['/session', '/sessions', '/userinfo', '/receipts/x']) {
    await send('GET', path, { authorization: `Bearer ${planted('bearer')}` })
    await send('GET', path, { authorization: `Bearer ${phone.answer.body.access_token}x` })
    await send('GET', path, { authorization: planted('authorization') })
    await send('GET', path, { cookie: `curfew=${planted('cookie')}; curfew-at=${planted('cookie')}`, prefer: planted('prefer') })
    await send('GET', path, {
      'user-agent': planted('user agent'),
      'x-forwarded-for': planted('x-forwarded-for'),
      origin: `http://${planted('origin')}`,
    })
  }
  for (const path of ['/receipts/', '/sessions/']) await send('DELETE', path + planted('path'), json)
  for (const basic of [planted('basic'), `web:${planted('basic secret')}`, `${planted('basic id')}:x`]) {
    const authorization = `Basic ${Buffer.from(basic).toString('base64')}`
    keep('basic credentials', authorization.slice(6))
    for (const path of ['/token', '/introspect', '/ledger/follow']) await send('POST', path, { ...form, authorization }, 'token=x')
  }
})

test('LO-1: an error that nobody expected, with a secret in it', async () => {
  const secretToken = planted('in an error')
  const broken = await openIssuer({
    accounts: {
      authenticate: async ({ identifier }) => {
        if (identifier === 'u') return { sub: 'u' }
        throw new Error(`no connection to ${secretToken}`)
      },
      find: async () => {
        throw new Error(`no connection to ${secretToken}`)
      },
    },
  })
  after(() => broken.close())
  for (const identifier of ['u', 'v']) {
    const { status, body } = harvest(await call(broken.issuer, 'POST', '/session/sign-in', { identifier, password, mode: 'token' }))
    assert.deepEqual([status, body.error], [503, 'temporarily_unavailable'])
  }
  running.lines.push(...broken.lines)
})

test('LO-1: none of them is in a log line, or in a refusal', () => {
  assert.ok(canaries.size > 300, `${canaries.size}`)
  assert.ok(running.lines.length > 300, `${running.lines.length}`)
  assert.ok(refusals.length > 200, `${refusals.length}`)
  const log = JSON.stringify(running.lines)
  const told = refusals.join('\n')
  const found: string[] = []
  for (const [canary, what] of canaries) {
    if (log.includes(canary)) found.push(`${what}, in the log: ${around(log, canary)}`)
    // Ids of one's own device are no secret to oneself.
    if (!what.endsWith('in clear') && !what.startsWith('cookie') && told.includes(canary))
      found.push(`${what}, in a refusal: ${around(told, canary)}`)
  }
  assert.deepEqual(found, [])
})

test('the search itself finds what it should', () => {
  const [canary] = canaries.keys()
  assert.ok(JSON.stringify([{ event: 'x', note: `a ${canary} b` }]).includes(canary!))
})

function around(text: string, canary: string): string {
  const at = text.indexOf(canary)
  return text.slice(Math.max(0, at - 80), at + 20)
}
