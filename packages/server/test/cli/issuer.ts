import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type Curfew, type CurfewOptions, createCurfew } from '../../src/index.ts'
import { curfew as command, type Given, type Ran, scratch } from './command-line.ts'

export const audience = 'https://api.test'
export const password = 'correct horse battery staple'
export const secret = 'a master secret for tests, which is long enough'

/** An issuer over real HTTP and a real file, and the command line beside it. */
export interface Served {
  readonly curfew: Curfew
  readonly issuer: string
  /** Where it listens; the issuer may have another name. */
  readonly listens: string
  readonly folder: string
  readonly database: string
  readonly lines: Record<string, unknown>[]
  /** `curfew --database <this one> …` */
  run(argv: readonly string[], given?: Given): Promise<Ran>
  signIn(identifier: string, device?: string): Promise<{ access_token: string; refresh_token: string; session: { sid: string } }>
  close(): Promise<void>
}

/** Starts one; in the folder that is given, or in one of its own. */
export async function serveIssuer(more: Partial<CurfewOptions> = {}, given?: string): Promise<Served> {
  const own = given === undefined ? scratch() : { folder: given, remove: () => undefined }
  const { folder } = own
  const database = join(folder, 'curfew.db')
  const server = createServer((req, res) => curfew.node(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const listens = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = more.issuer ?? listens
  const lines: Record<string, unknown>[] = []
  const write = (facts: object, message?: string) => void lines.push({ ...facts, msg: message })
  const curfew = createCurfew({
    audience,
    database,
    secret,
    accounts: { signUp: true },
    logger: { debug: write, info: write, warn: write, error: write },
    ...more,
    issuer,
  } as CurfewOptions)
  await curfew.ready()
  return {
    ...{ curfew, issuer, listens, folder, database, lines },
    run: (argv, how) => command(['--database', database, ...argv], how),
    async signIn(identifier, device_name = 'phone') {
      const answer = await fetch(`${listens}/session/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ identifier, password, device_name, mode: 'token' }),
      })
      if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as { access_token: string; refresh_token: string; session: { sid: string } }
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await curfew.close()
      own.remove()
    },
  }
}

/** One request of the verifier of that number to follow, as the wire has it. */
export async function follow(issuer: string, key: string, number: number, after = 0): Promise<Response> {
  const [, name = ''] = /^cfk_(.+)_[\w-]{43}$/.exec(key) ?? []
  return fetch(`${issuer}/ledger/follow`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${name}:${key.slice(-43)}`).toString('base64')}`,
    },
    body: JSON.stringify({ version: 1, id: Buffer.alloc(16, number).toString('base64url'), after, hold: 0, on_lease_lost: 'introspect' }),
  })
}
