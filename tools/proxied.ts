import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'
import { haproxyCfg, nginxConf, type Place, program } from './deployed.ts'
import { root, runNode } from './run-command.ts'

export const audience = 'https://api.example.com'
export const password = 'a long walk by the sea'
export const secret = 'a master secret for tests, which is long enough'
export const silent = { info: (): undefined => undefined, warn: (): undefined => undefined, error: (): undefined => undefined }
export const folder: string = mkdtempSync(join(tmpdir(), 'curfew-proxies-'))

const main = join(root, 'packages/server/src/cli/main.ts')
const running = new Set<ChildProcess>()
after(async () => {
  // nginx ends its workers at SIGTERM; killed, it would leave them behind.
  await Promise.all([...running].map((child) => stopped(child)))
  rmSync(folder, { recursive: true, force: true })
})

/** Each with its file of `deploy/`, and how it is started in the foreground. */
const proxies = {
  nginx: { write: nginxConf, argv: (file: string) => ['-c', file, '-g', 'daemon off;'] },
  haproxy: { write: haproxyCfg, argv: (file: string) => ['-db', '-f', file] },
}

export type ProxyName = keyof typeof proxies

/** Those that are to be had. */
export const names: readonly ProxyName[] = ['nginx', 'haproxy']

/** Why its tests are skipped; false: they are not. */
export function missing(name: ProxyName): string | false {
  return program(name) ? false : `${name} is not installed (Debian: apt-get install ${name})`
}

/** Starts one before the nodes at these ports. */
export async function startProxy(
  name: ProxyName,
  port: number,
  ports: readonly [number, number, number],
): Promise<{ at: string; child: ChildProcess }> {
  const at = mkdtempSync(join(folder, `${name}-`))
  const [one, two, three] = ports
  const nodes: Place['nodes'] = [`127.0.0.1:${one}`, `127.0.0.1:${two}`, `127.0.0.1:${three}`]
  const file = join(at, 'configuration')
  writeFileSync(file, proxies[name].write({ folder: at, port, nodes }))
  const child = start(program(name)!, proxies[name].argv(file), at)
  await accepts(port)
  return { at, child }
}

/** `curfew serve` in a folder that is named, at a port: as a node behind a proxy. */
export async function startNode(
  cwdName: string,
  issuer: string,
  port: number,
  database = 'curfew.db',
): Promise<{ node: ChildProcess; command: (...argv: string[]) => Promise<string> }> {
  const cwd = join(folder, cwdName)
  mkdirSync(cwd, { recursive: true })
  writeFileSync(
    join(cwd, 'curfew.config.mjs'),
    `export default { proxies: ['127.0.0.1'], accounts: { signUp: true }, session: { scopes: ['orders:read'] } }`,
  )
  const env = { ...process.env, CURFEW_ISSUER: issuer, CURFEW_AUDIENCE: audience, CURFEW_SECRET: secret, CURFEW_DATABASE: database }
  const node = start(process.execPath, ['-C', 'curfew-source', main, 'serve', '--port', String(port)], cwd, env)
  await says(node, '"event":"started"')
  const command = async (...argv: string[]) => {
    const ran = await runNode([main, ...argv], { cwd, env })
    if (ran.code !== 0) throw new Error(ran.output)
    return ran.stdout
  }
  return { node, command }
}

/** Starts a program that is ended with the test; of a proxy, nobody reads what it says. */
export function start(binary: string, argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): ChildProcess {
  const child = spawn(binary, argv, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  if (binary !== process.execPath) child.stdout!.resume()
  return child
}

/** Ends it, unless it has ended; its exit code. */
export async function stopped(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  }
  return child.exitCode
}

/** Resolves when it says that. */
export async function says(child: ChildProcess, text: string): Promise<void> {
  const lines = createInterface({ input: child.stdout! })
  await new Promise<void>((heard, failed) => {
    lines.on('line', (line) => line.includes(text) && heard())
    lines.once('close', () => failed(new Error(`it ended without ${text}`)))
  })
}

/** One that nobody listens at. */
export async function freePort(): Promise<number> {
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
export async function ask(issuer: string, method: string, path: string, asked: Asked = {}): Promise<{ status: number; json: any }> {
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
