import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { CurfewOptions } from '../../../src/index.ts'
import { curfew, type Given, listen, type Ran, scratch, spawnCurfew } from '../../cli/command-line.ts'
import { freePort } from './server.ts'

export const password = 'correct horse battery staple'
export const secret = 'a master secret for tests, which is long enough'
export const audience = 'https://api.test'

/** One `curfew serve`, a process of its own. */
export interface ServedNode {
  readonly url: string
  readonly child: ChildProcess
  readonly ended: Promise<Ran>
  until(text: string): Promise<void>
  stop(): Promise<Ran>
}

/** Nodes of one issuer behind a plain round robin that is the issuer's address, and the command line beside them. */
export interface Nodes {
  readonly issuer: string
  readonly nodes: ServedNode[]
  readonly folder: string
  /** Another configuration, for nodes that are started from now on. */
  configure(options: object): void
  start(): Promise<ServedNode>
  /** `curfew …`, which opens the database itself. */
  run(argv: readonly string[], given?: Given): Promise<Ran>
  post(path: string, body: object, more?: { at?: string; token?: string }): Promise<Answer>
  get(path: string, at?: string): Promise<Answer>
  signIn(identifier?: string): Promise<SignedIn>
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export interface SignedIn {
  readonly access_token: string
  readonly refresh_token: string
  readonly session: { readonly sid: string }
}

/** Opens the address; nodes are started one by one. `database` is written into their configuration. */
export async function openNodes(options: Omit<Partial<CurfewOptions>, 'database'> & { database: unknown }): Promise<Nodes> {
  const { folder, remove } = scratch()
  const nodes: ServedNode[] = []
  let turn = 0
  const balancer = createServer((incoming, outgoing) => {
    turn += 1
    const node = nodes[turn % nodes.length]
    if (!node) return void outgoing.writeHead(502).end()
    const { hostname, port } = new URL(node.url)
    const { method, url, headers } = incoming
    const passed = request({ hostname, port, method, path: url, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()))
    outgoing.on('close', () => passed.destroy())
    incoming.pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  const issuer = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`
  const configure = (given: object): void =>
    writeFileSync(
      join(folder, 'curfew.config.json'),
      JSON.stringify({ issuer, audience, accounts: { signUp: true }, limits: false, ...given }),
    )
  configure(options)
  const env = { CURFEW_SECRET: secret }

  async function call(path: string, at: string, init: RequestInit): Promise<Answer> {
    const answer = await fetch(at + path, init)
    const text = await answer.text()
    return { status: answer.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} }
  }
  const post: Nodes['post'] = (path, body, { at = issuer, token } = {}) =>
    call(path, at, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'curfew-request': '1', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    })
  return {
    ...{ issuer, nodes, post, folder, configure },
    async start() {
      const port = await freePort()
      const child = spawnCurfew(['serve', '--port', String(port), '--host', '127.0.0.1'], { cwd: folder, env })
      const heard = listen(child)
      const node: ServedNode = {
        ...{ url: `http://127.0.0.1:${port}`, child, ended: heard.ended, until: heard.until },
        stop() {
          child.kill('SIGTERM')
          return heard.ended
        },
      }
      nodes.push(node)
      return node
    },
    run: (argv, given = {}) =>
      curfew(['--config', join(folder, 'curfew.config.json'), ...argv], { ...given, env: { ...env, ...given.env } }),
    get: (path, at = issuer) => call(path, at, {}),
    async signIn(identifier = 'ada') {
      const { status, body } = await post('/session/sign-in', { identifier, password, mode: 'token' })
      if (status !== 200) throw new Error(`sign-in: ${status} ${JSON.stringify(body)}`)
      return body as unknown as SignedIn
    },
    async close() {
      for (const { child } of nodes) child.kill('SIGKILL')
      await Promise.all(nodes.map(({ ended }) => ended))
      balancer.close().closeAllConnections()
      remove()
    },
  }
}

/** Resolves when it is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, patience = 20_000): Promise<void> {
  const since = performance.now()
  while (!(await isSo())) {
    if (performance.now() - since > patience) throw new Error(`it took longer than ${patience} ms until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
