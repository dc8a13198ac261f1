import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'

const root = new URL('../../../../', import.meta.url).pathname
const cli = join(root, 'packages/server/src/cli/main.ts')

const dev = ['-C', 'curfew-source', cli, '--json', 'dev', '--port', '0', '--services']

type Said = { issuer: string; street: string; user: string; password: string; database: string; services: { name: string; url: string }[] }

async function start(services: string): Promise<{ child: ChildProcess; said: Said }> {
  const child = spawn(process.execPath, [...dev, services], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, said: await heard(child) }
}

async function heard(child: ChildProcess): Promise<Said> {
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('{')) return JSON.parse(line)
  throw new Error('it ended before it was ready')
}

/** Resolves when nobody listens there any more. */
async function silent(url: string): Promise<void> {
  for (;;) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const isOpen = await new Promise((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)))
    socket.destroy()
    if (!isOpen) return
    await new Promise((later) => setTimeout(later, 20))
  }
}

const all = ({ issuer, street, services }: Said) => [issuer, street, ...services.map(({ url }) => url)]

test('curfew dev: one line, all of it; SIGTERM stops all of it and leaves nothing behind', { timeout: 30_000 }, async () => {
  const { child, said } = await start('examples/microservices')
  assert.deepEqual(
    said.services.map(({ name }) => name),
    ['orders', 'billing', 'inbox'],
  )
  assert.equal((await fetch(`${said.issuer}/.well-known/openid-configuration`)).status, 200)
  assert.match(await (await fetch(said.street)).text(), /Nobody is signed in\./)
  assert.ok(existsSync(said.database))

  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  for (const url of all(said)) await silent(url)
  assert.ok(!existsSync(said.database))
})

test('a curfew dev whose npm was stopped, by whoever knew only its id, stops too', {
  timeout: 30_000,
  skip: process.platform === 'win32',
}, async () => {
  // As npm starts it: below a shell, which dies of SIGTERM and hands nothing on.
  const script = `${[process.execPath, ...dev, 'examples/microservices'].map((one) => `'${one}'`).join(' ')}; exit $?`
  const env = { ...process.env, npm_lifecycle_event: 'start' }
  const shell = spawn('/bin/sh', ['-c', script], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], env })
  const said = await heard(shell)
  shell.kill('SIGTERM')
  for (const url of all(said)) await silent(url)
  while (existsSync(said.database)) await new Promise((later) => setTimeout(later, 20))
})

test('a curfew dev that is killed takes its services with it', { timeout: 30_000 }, async () => {
  const { child, said } = await start('examples/microservices')
  child.kill('SIGKILL')
  await once(child, 'exit')
  for (const url of all(said)) await silent(url)
  rmSync(join(said.database, '..'), { recursive: true, force: true })
})

test('a service that does not start is named, and nothing is left running', { timeout: 30_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-broken-'))
  writeFileSync(join(folder, 'broken.mjs'), 'console.error("no such thing"); process.exit(3)')
  const child = spawn(process.execPath, ['-C', 'curfew-source', cli, 'dev', '--services', folder, '--port', '0'], { cwd: root })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (texts.out += String(chunk)))
  child.stderr.on('data', (chunk) => (texts.err += chunk))
  const [code] = await once(child, 'close')
  rmSync(folder, { recursive: true })
  assert.equal(code, 1)
  assert.match(texts.out, /broken: no such thing/)
  assert.match(texts.err, /^The service broken ended before it was ready\. What it said is above\.$/m)
  assert.doesNotMatch(texts.err, /at .*\.ts:\d/)
})
