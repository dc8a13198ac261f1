import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'

const folder = mkdtempSync(join(tmpdir(), 'express-login-'))
const database = join(folder, 'curfew.db')
const password = 'a long walk by the sea'
const json = { 'content-type': 'application/json' }
let app: ChildProcess
let at: string

before(async () => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  at = `http://localhost:${port}`
  // The conditions are those that this test runs with: sources in the repository, the installed package elsewhere.
  const conditions = process.execArgv.flatMap((one, index, all) => (one === '-C' ? [one, all[index + 1] ?? ''] : []))
  app = spawn(process.execPath, [...conditions, 'app.ts'], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, PORT: String(port), CURFEW_DATABASE: database },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(app.stdout!, 'data')
  assert.equal(String(line).trim(), at)
})

after(async () => {
  if (app.exitCode === null && app.kill()) await once(app, 'exit')
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the test is about.
  readonly body: any
  readonly headers: Headers
}

async function call(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
  const answer = await fetch(at + path, { method, headers: { ...json, ...headers }, ...(body ? { body: JSON.stringify(body) } : {}) })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  return { status: answer.status, body: isJson ? JSON.parse(text) : text, headers: answer.headers }
}

const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` })

/** Every route of the program, and every way to Curfew's own. */
const everywhere = [
  ['GET', '/notes'],
  ['POST', '/notes'],
  ['GET', '/admin/notes'],
  ['DELETE', '/notes'],
  ['GET', '/sessions'],
] as const

async function refusedEverywhere(headers: Record<string, string>): Promise<void> {
  for (const [method, path] of everywhere) assert.equal((await call(method, path, headers)).status, 401, `${method} ${path}`)
}

/** `npx curfew …` beside the running program. */
function curfew(...args: string[]): string {
  const bin = join(dirname(createRequire(import.meta.url).resolve('curfew/package.json')), 'bin/curfew.cjs')
  const ran = spawnSync(process.execPath, [bin, '--database', database, ...args], { encoding: 'utf8' })
  assert.equal(ran.status, 0, ran.stderr)
  return ran.stdout
}

test('token mode: sign up, sign in, call, refresh, sign out, and nothing accepts it any more (questions S1, S9)', async () => {
  assert.equal((await call('GET', '/notes')).status, 401)
  assert.equal((await call('POST', '/sign-up', {}, { identifier: 'ada', password, mode: 'token' })).status, 201)
  const wrong = await call('POST', '/session/sign-in', {}, { identifier: 'ada', password: 'a short walk by the sea', mode: 'token' })
  assert.deepEqual([wrong.status, wrong.body.error], [401, 'invalid_credentials'])
  const ada = (await call('POST', '/session/sign-in', {}, { identifier: 'ada', password, mode: 'token' })).body

  assert.deepEqual((await call('POST', '/notes', bearer(ada.access_token), { text: 'buy a lantern' })).body, ['buy a lantern'])
  assert.deepEqual((await call('GET', '/notes', bearer(ada.access_token))).body, ['buy a lantern'])
  const admin = await call('GET', '/admin/notes', bearer(ada.access_token))
  assert.deepEqual([admin.status, typeof admin.body.error], [403, 'string'])
  assert.equal((await call('DELETE', '/notes', bearer(ada.access_token))).status, 204)

  const next = await call('POST', '/session/refresh', {}, { refresh_token: ada.refresh_token })
  assert.equal(next.status, 200)
  const out = await call('POST', '/session/sign-out', bearer(next.body.access_token))
  assert.deepEqual([out.status, out.body.ended, out.body.confirmed], [200, 1, true])
  await refusedEverywhere(bearer(next.body.access_token))
  await refusedEverywhere(bearer(ada.access_token))
  const late = await call('POST', '/session/refresh', {}, { refresh_token: next.body.refresh_token })
  assert.deepEqual([late.status, late.body.error, late.body.reason], [401, 'session_ended', 'signed_out'])
})

test('cookie mode: the same without a token in sight, and calls of other pages are refused', async () => {
  const page = { 'curfew-request': '1', origin: at }
  const up = await call('POST', '/sign-up', page, { identifier: 'grace', password })
  assert.equal(up.status, 201)
  assert.equal('access_token' in up.body, false)
  const set = up.headers.getSetCookie()
  assert.ok(set.length >= 2 && set.every((line) => line.includes('HttpOnly')))
  const cookie = set.map((line) => line.split(';', 1)[0]).join('; ')

  assert.deepEqual((await call('POST', '/notes', { ...page, cookie }, { text: 'light it' })).body, ['light it'])
  assert.deepEqual((await call('GET', '/notes', { cookie })).body, ['light it'])
  assert.equal((await call('POST', '/notes', { cookie, origin: 'http://elsewhere.example' }, { text: 'x' })).status, 403)
  assert.equal((await call('GET', '/admin/notes', { cookie })).status, 403)

  // The access token is renewed inside the request, with the rights of now.
  assert.match(curfew('users', 'roles', 'grace', 'admin'), /^changed +grace: admin/)
  const asAdmin = await call('GET', '/admin/notes', { cookie })
  assert.deepEqual([asAdmin.status, asAdmin.body], [200, ['light it']])
  assert.equal(asAdmin.headers.getSetCookie().length, 1)

  const out = await call('POST', '/session/sign-out', { ...page, cookie })
  assert.deepEqual([out.status, out.body.confirmed], [200, true])
  assert.ok(out.headers.getSetCookie().every((line) => /Max-Age=0/i.test(line)))
  await refusedEverywhere({ ...page, cookie })
  assert.deepEqual((await call('GET', '/session', { cookie })).body, { user: null, session: null })
})

test('one command from the side ends every device', async () => {
  const devices = []
  for (const mode of ['token', 'token'])
    devices.push((await call('POST', '/session/sign-in', {}, { identifier: 'ada', password, mode })).body)
  for (const { access_token } of devices) assert.equal((await call('GET', '/notes', bearer(access_token))).status, 200)
  assert.match(curfew('revoke', '--user', 'ada'), /^ended +ada, 3 devices +no\. \d+\n[\s\S]*confirmed {2}no service accepts ada's tokens/)
  for (const { access_token } of devices) await refusedEverywhere(bearer(access_token))
})

test('the page is there, and the program stops cleanly', async () => {
  const page = await call('GET', '/')
  assert.deepEqual([page.status, page.body.includes('<h1>Notes</h1>')], [200, true])
  app.kill()
  assert.deepEqual(await once(app, 'exit'), [0, null])
})
