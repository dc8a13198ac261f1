import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, test } from 'node:test'
import { createVerifier } from '@curfew/verifier'
import { createCurfew } from 'curfew'
import express from 'express'
import { haproxyCfg, nginxConf, type Place, program } from './deployed.ts'
import { root, runNode } from './run-command.ts'

const main = join(root, 'packages/server/src/cli/main.ts')
const audience = 'https://api.example.com'
const password = 'a long walk by the sea'
const secret = 'a master secret for tests, which is long enough'
// The longest hold that there is; in the short form one that is longer than a lease.
const hold = process.env.CURFEW_FULL ? 15_000 : 6_000

/** Each with its file of `deploy/`, and how it is started in the foreground. */
const proxies = {
  nginx: { write: nginxConf, argv: (file: string) => ['-c', file, '-g', 'daemon off;'] },
  haproxy: { write: haproxyCfg, argv: (file: string) => ['-db', '-f', file] },
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const folder = mkdtempSync(join(tmpdir(), 'curfew-proxies-'))
const running = new Set<ChildProcess>()
after(async () => {
  // nginx ends its workers at SIGTERM; killed, it would leave them behind.
  await Promise.all([...running].map((child) => stopped(child)))
  rmSync(folder, { recursive: true, force: true })
})

describe('real proxies, by the files of deploy/', { concurrency: true, timeout: 60_000 }, () => {
  for (const [name, proxy] of Object.entries(proxies)) {
    const binary = program(name)
    const skip = binary ? false : `${name} is not installed`

    /** Starts it before one node, under three names. */
    async function startProxy(port: number, node: number): Promise<string> {
      const at = mkdtempSync(join(folder, `${name}-`))
      const nodes: Place['nodes'] = [`127.0.0.1:${node}`, `127.0.0.1:${node}`, `127.0.0.1:${node}`]
      const file = join(at, 'configuration')
      writeFileSync(file, proxy.write({ folder: at, port, nodes }))
      start(binary!, proxy.argv(file), at)
      await accepts(port)
      return at
    }

    describe(name, { skip, concurrency: true }, () => {
      test('before `curfew serve`: a sign-out confirms at once, a hold is not cut, tries are limited, and a stop is clean', async () => {
        const [port, node] = [await freePort(), await freePort()]
        const issuer = `http://127.0.0.1:${port}`
        const cwd = join(folder, `serve-${name}`)
        mkdirSync(cwd)
        const env = { ...process.env, CURFEW_ISSUER: issuer, CURFEW_AUDIENCE: audience, CURFEW_SECRET: secret }
        const argv = [main, 'serve', '--port', String(node)]
        writeFileSync(join(cwd, 'curfew.config.mjs'), `export default { accounts: { signUp: true }, session: { scopes: ['orders:read'] } }`)
        const served = start(process.execPath, ['-C', 'curfew-source', ...argv], cwd, env)
        await says(served, '"event":"started"')
        const at = await startProxy(port, node)
        const made = await runNode([main, 'services', 'add', 'orders', '--json'], { cwd, env })
        assert.equal(made.code, 0, made.output)
        const { key } = JSON.parse(made.stdout) as { key: string }

        const verifier = createVerifier({ issuer, audience, key, logger: silent })
        await verifier.ready()
        const body = { identifier: 'ada', password, mode: 'token' }
        const signedUp = await ask(issuer, 'POST', '/sign-up', { body })
        assert.equal(signedUp.status, 201)
        const tokens: string[] = [signedUp.json.access_token]
        for (let more = 0; more < 4; more++) tokens.push((await ask(issuer, 'POST', '/session/sign-in', { body })).json.access_token)

        // What serve knows of a caller is the socket: the proxy's, whatever the caller says.
        const devices = await ask(issuer, 'GET', '/sessions', { token: tokens[0]!, headers: { 'x-forwarded-for': '6.6.6.6' } })
        assert.deepEqual([...new Set(devices.json.sessions.map((one: { address: string }) => one.address))], ['127.0.0.1'])

        const took: number[] = []
        for (const token of tokens) {
          assert.equal((await verifier.verify({ token, scope: 'orders:read' })).outcome, 'accepted')
          const begin = performance.now()
          const ended = await ask(issuer, 'POST', '/session/sign-out', { token })
          took.push(performance.now() - begin)
          assert.deepEqual([ended.status, ended.json.confirmed], [200, true])
          assert.equal((await verifier.verify({ token, scope: 'orders:read' })).outcome, 'refused')
        }
        // Without its wake-up, each would wait for what is left of a hold of 1.5 s.
        assert.ok(Math.max(...took) < 500, `a sign-out took ${took.map((one) => one.toFixed(0)).join(', ')} ms`)

        const begin = performance.now()
        const held = await follow(issuer, key, hold)
        const seconds = (performance.now() - begin) / 1000
        assert.equal(held.status, 200)
        assert.ok(seconds >= hold / 1000 - 0.1, `held for ${seconds} s`)

        const tries = await Promise.all(
          Array.from({ length: 60 }, () => ask(issuer, 'POST', '/session/sign-in', { body: { mode: 'token' } })),
        )
        assert.deepEqual([...new Set(tries.map(({ status }) => status))].sort(), [400, 429])
        assert.equal((await ask(issuer, 'GET', '/readyz')).status, 200)
        if (name === 'nginx') await loggedWithoutQuery(issuer, join(at, 'access.log'))

        // The verifier is held while the node stops, and the proxy has connections open: neither keeps it.
        const stop = performance.now()
        assert.equal(await stopped(served), 0)
        assert.ok(performance.now() - stop < 4000)
        await verifier.close()
      })

      test('before a mounted issuer that trusts one proxy: the caller is who is on the line, not who it says to be', async () => {
        const [port, node] = [await freePort(), await freePort()]
        const issuer = `http://127.0.0.1:${port}`
        const curfew = createCurfew({ issuer, audience, database: ':memory:', secret, accounts: { signUp: true } })
        const app = express()
        app.set('trust proxy', 1)
        app.get('/readyz', (_request, response) => void response.end()) // only `curfew serve` has one of its own
        app.use(curfew.express())
        const server = app.listen(node, '127.0.0.1')
        await once(server, 'listening')
        try {
          await startProxy(port, node)
          const from = { from: '127.0.0.2', headers: { 'x-forwarded-for': '6.6.6.6' } }
          const { json } = await ask(issuer, 'POST', '/sign-up', { ...from, body: { identifier: 'ada', password, mode: 'token' } })
          const devices = await ask(issuer, 'GET', '/sessions', { token: json.access_token })
          assert.deepEqual(
            devices.json.sessions.map((one: { address: string }) => one.address),
            ['127.0.0.2'],
          )
        } finally {
          server.close()
          server.closeAllConnections()
          await curfew.close()
        }
      })
    })
  }
})

/** nginx writes a line after the answer is out: it is read once the next request's is there, too. */
async function loggedWithoutQuery(issuer: string, file: string): Promise<void> {
  await ask(issuer, 'GET', '/end-session?id_token_hint=canary')
  for (let more = 0; more < 100 && !readFileSync(file, 'utf8').includes('GET /end-session"'); more++) await ask(issuer, 'GET', '/healthz')
  const log = readFileSync(file, 'utf8')
  assert.match(log, /GET \/end-session"/)
  assert.doesNotMatch(log, /canary/)
}

function start(binary: string, argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const child = spawn(binary, argv, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  if (binary !== process.execPath) child.stdout!.resume()
  return child
}

async function stopped(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
  return child.exitCode
}

async function says(child: ChildProcess, text: string): Promise<void> {
  const lines = createInterface({ input: child.stdout! })
  await new Promise<void>((heard, failed) => {
    lines.on('line', (line) => line.includes(text) && heard())
    lines.once('close', () => failed(new Error(`it ended without ${text}`)))
  })
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** Resolves when somebody listens there; neither proxy says so itself. */
async function accepts(port: number): Promise<void> {
  for (let more = 0; more < 200; more++) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await new Promise((soon) => setTimeout(soon, 25))
  }
  throw new Error(`Nobody listens at ${port}.`)
}

type Asked = { body?: object; token?: string; from?: string; headers?: Record<string, string> }

/** A request on a connection of its own, from an address of this machine. */
// biome-ignore lint/suspicious/noExplicitAny: what is read of an answer is compared at once
async function ask(issuer: string, method: string, path: string, asked: Asked = {}): Promise<{ status: number; json: any }> {
  const request = http.request(issuer + path, {
    ...{ method, agent: false, ...(asked.from && { localAddress: asked.from }) },
    headers: {
      ...asked.headers,
      ...(asked.body && { 'content-type': 'application/json' }),
      ...(asked.token && { authorization: `Bearer ${asked.token}` }),
    },
  })
  request.end(asked.body && JSON.stringify(asked.body))
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const text = (await response.setEncoding('utf8').toArray()).join('')
  return { status: response.statusCode!, json: /json/.test(response.headers['content-type'] ?? '') ? JSON.parse(text) : text }
}

/** One request to follow, as the wire has it, after the newest entry. */
async function follow(issuer: string, key: string, milliseconds: number): Promise<{ status: number }> {
  const authorization = `Basic ${Buffer.from(`orders:${key.slice(-43)}`).toString('base64')}`
  const body = { version: 1, id: Buffer.alloc(16, 7).toString('base64url'), on_lease_lost: 'introspect' }
  const cold = await ask(issuer, 'POST', '/ledger/follow', { headers: { authorization }, body: { ...body, after: 0, hold: 0 } })
  assert.equal(cold.status, 200)
  return ask(issuer, 'POST', '/ledger/follow', {
    headers: { authorization },
    body: { ...body, after: cold.json.up_to, hold: milliseconds },
  })
}
