import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { askServer } from '../../src/control/ask-server.ts'
import { curfew, listen, scratch, spawnCurfew } from './command-line.ts'
import { follow, password, secret } from './issuer.ts'

const { folder, remove } = scratch()
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
  remove()
})

async function freePort(): Promise<number> {
  const probe = createNetServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** `curfew serve` in a folder, as a person starts it. */
async function serve(cwd: string, issuer: string, more: { argv?: string[]; env?: NodeJS.ProcessEnv } = {}) {
  const env = { CURFEW_ISSUER: issuer, CURFEW_AUDIENCE: 'https://api.test', CURFEW_SECRET: secret, ...more.env }
  const child = spawnCurfew(['serve', ...(more.argv ?? [])], { cwd, env })
  running.add(child)
  const heard = listen(child)
  void heard.ended.then(() => running.delete(child))
  await heard.until('"event":"started"')
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return heard.ended
  }
  return { child, stop, ...heard, run: (argv: string[], given = {}) => curfew(['-d', join(cwd, 'curfew.db'), ...argv], given) }
}

function here(name: string, files: Record<string, string> = {}): string {
  const cwd = join(folder, name)
  mkdirSync(cwd)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(cwd, file), text)
  return cwd
}

/** Resolves when the first entry is in the ledger. */
async function firstEntry(cwd: string): Promise<void> {
  const gone = new AbortController()
  const row = () => gone.abort()
  await askServer(join(cwd, 'curfew.db.control/socket'), 'tail', { after: 0 }, { row, gone: gone.signal })
}

/** A request that the server has begun with, as its 100 (Continue) shows; gives back how to send the body, and of the answer its status and what becomes of the connection. */
async function arrived(url: string, body: object): Promise<() => Promise<[status: number | undefined, connection: string | undefined]>> {
  const headers = { 'content-type': 'application/json', expect: '100-continue', connection: 'keep-alive' }
  const call = request(url, { method: 'POST', agent: false, headers })
  const answer = once(call, 'response') as Promise<[IncomingMessage]>
  call.flushHeaders()
  await once(call, 'continue')
  return async () => {
    call.end(JSON.stringify(body))
    const [response] = await answer
    response.resume()
    return [response.statusCode, response.headers.connection]
  }
}

const post = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

test('serve, by the environment alone: it answers, takes commands, and stops cleanly at SIGTERM, with nothing secret in its log', async () => {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const served = await serve(here('environment'), issuer)
  assert.equal((await fetch(`${issuer}/healthz`)).status, 200)
  assert.equal((await fetch(`${issuer}/readyz`)).status, 200)
  const { issuer: said } = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as { issuer: string }
  assert.equal(said, issuer)

  const canary = 'Canary7 horse battery staple'
  assert.equal((await served.run(['users', 'add', 'ada'], { input: canary })).code, 0)
  const signedIn = (await (
    await post(`${issuer}/session/sign-in`, { identifier: 'ada', password: canary, mode: 'token' })
  ).json()) as Record<string, string>
  await post(`${issuer}/session/sign-in`, { identifier: 'ada', password: `${canary} 2`, mode: 'token' })
  await post(`${issuer}/session/refresh`, { refresh_token: signedIn.refresh_token })
  await fetch(`${issuer}/session?token=${signedIn.access_token}`, {
    headers: { authorization: `Bearer ${signedIn.access_token}`, cookie: 'curfew=Canary7Cookie' },
  })
  const { key } = JSON.parse((await served.run(['services', 'add', 'orders', '--json'])).stdout) as { key: string }
  await follow(issuer, key, 1)
  await served.run(['inspect', '-'], { input: signedIn.access_token })
  await served.run(['revoke', '--user', 'ada', '--wait', '0'])

  const { code, stdout, stderr } = await served.stop()
  assert.deepEqual([code, stderr], [0, ''])
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; msg: string })
  assert.deepEqual([lines[0]?.event, lines.at(-1)?.event], ['started', 'stopped'])
  assert.ok(lines.length > 5)
  // LO-1
  for (const one of [canary, 'Canary7', secret, signedIn.access_token!, signedIn.refresh_token!, key, key.slice(-43)])
    assert.ok(!stdout.includes(one), one.slice(0, 12))
})

test('a configuration in TypeScript, --port, --host, -d; a package.json without a type warns nobody; Ctrl-C', async () => {
  const port = await freePort()
  const cwd = here('configured', {
    'package.json': '{ "name": "somebody" }',
    'curfew.config.ts': `interface Options { issuer: string; audience: string }
const options: Options = { issuer: 'https://login.example.com', audience: 'https://api.example.com' }
export default options
`,
  })
  const env = { CURFEW_ISSUER: '', CURFEW_AUDIENCE: '' }
  const served = await serve(cwd, '', { env, argv: ['--port', String(port), '--host', '127.0.0.1', '-d', 'other.db'] })
  const metadata = (await (await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`)).json()) as { issuer: string }
  assert.equal(metadata.issuer, 'https://login.example.com')
  const users = await curfew(['-d', join(cwd, 'other.db'), 'users', 'list'])
  assert.deepEqual([users.code, users.stderr], [0, ''])
  const { code, stderr } = await served.stop('SIGINT')
  assert.deepEqual([code, stderr], [0, ''])
})

test('a port that is taken: one sentence, exit code 1, and the stop is a clean one', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  after(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const cwd = here('taken')
  const env = { CURFEW_ISSUER: `http://localhost:${port}`, CURFEW_AUDIENCE: 'a', CURFEW_SECRET: secret }
  const ran = await listen(spawnCurfew(['serve'], { cwd, env })).ended
  assert.deepEqual(ran, {
    code: 1,
    stdout: '',
    stderr: `Port ${port} is taken. Stop what listens there, or take another one: curfew serve --port ${port + 1} (the issuer's address must lead to it).\n`,
  })
  const standing = await curfew(['-d', join(cwd, 'curfew.db'), 'verifiers', '--json'], { env: { CURFEW_SECRET: secret } })
  assert.equal(JSON.parse(standing.stdout).settled, true)
})

test('R1: what is under way at a stop is answered: sign-ins, and a sign-out that waits', async () => {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const cwd = here('busy')
  const served = await serve(cwd, issuer)
  await served.run(['users', 'add', 'ada'], { input: password })
  const { key } = JSON.parse((await served.run(['services', 'add', 'orders', '--json'])).stdout) as { key: string }
  await follow(issuer, key, 1)
  const phone = (await (await post(`${issuer}/session/sign-in`, { identifier: 'ada', password, mode: 'token' })).json()) as {
    access_token: string
  }
  const signOut = fetch(`${issuer}/session/sign-out`, { method: 'POST', headers: { authorization: `Bearer ${phone.access_token}` } })
  await firstEntry(cwd)
  const signIns = await Promise.all(
    [1, 2, 3].map(() => arrived(`${issuer}/session/sign-in`, { identifier: 'ada', password, mode: 'token' })),
  )
  const stopped = served.stop()
  // RFC 9112 §9.6: a proxy keeps none of these connections for somebody's next request, whom nobody would answer.
  const answered = [200, 'close']
  assert.deepEqual(await Promise.all(signIns.map((go) => go())), [answered, answered, answered])
  const pending = await signOut
  assert.deepEqual([pending.status, pending.headers.get('connection')], [202, 'close'])
  assert.equal((await stopped).code, 0)
})

test('revoke at a server that is killed meanwhile, and tail at one that is stopped: a sentence, and no stack', async () => {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const cwd = here('killed')
  const first = await serve(cwd, issuer)
  await first.run(['users', 'add', 'ada'], { input: password })
  const { key } = JSON.parse((await first.run(['services', 'add', 'orders', '--json'])).stdout) as { key: string }
  await follow(issuer, key, 1)
  const asked = Promise.withResolvers<void>()
  const after = () => {
    asked.resolve()
    return () => undefined
  }
  const revoking = first.run(['revoke', '--user', 'ada'], { tty: true, after })
  await asked.promise
  await firstEntry(cwd)
  await first.stop('SIGKILL')
  const revoked = await revoking
  assert.deepEqual(
    [revoked.code, revoked.stdout, revoked.stderr],
    [1, '', 'The server stopped before it answered. What was asked may or may not have been done: ask again.\n'],
  )

  const second = await serve(cwd, issuer)
  const tail = listen(spawnCurfew(['-d', 'curfew.db', 'tail'], { cwd }))
  await tail.until(' cut ')
  await second.stop()
  const tailed = await tail.ended
  assert.deepEqual([tailed.code, tailed.stderr], [1, 'The server stopped, so nothing more comes.\n'])
})

test('tail ends at Ctrl-C, and when its reader goes away, without a word', async () => {
  const port = await freePort()
  const cwd = here('tail')
  const served = await serve(cwd, `http://localhost:${port}`)
  await served.run(['users', 'add', 'ada'], { input: password })
  await served.run(['revoke', '--user', 'ada'])
  const child = spawnCurfew(['-d', 'curfew.db', 'tail'], { cwd })
  const heard = listen(child)
  await heard.until(' cut ')
  child.kill('SIGINT')
  const ended = await heard.ended
  assert.deepEqual([ended.code, ended.stderr], [0, ''])

  const deaf = spawnCurfew(['-d', 'curfew.db', 'tail', '--json'], { cwd })
  const gone = listen(deaf)
  await gone.until('"seq":1')
  deaf.stdout?.destroy()
  for (const _ of [1, 2]) await served.run(['revoke', '--user', 'ada'])
  const left = await gone.ended
  assert.deepEqual([left.code, left.stderr], [0, ''])
  await served.stop()
})

test('a reader that goes away before the help is at its end', async () => {
  const child = spawnCurfew(['--help'], { cwd: folder })
  child.stdout?.destroy()
  const { code, stderr } = await listen(child).ended
  assert.deepEqual([code, stderr], [0, ''])
})
