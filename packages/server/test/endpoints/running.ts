import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Curfew, type CurfewOptions, createCurfew } from '../../src/index.ts'
import { realWorld } from '../../src/real-world.ts'
import { opsSecret } from './calling.ts'

/** A real issuer over real HTTP, in memory; its log lines are kept. */
export interface Running {
  readonly issuer: string
  readonly curfew: Curfew
  readonly lines: Record<string, unknown>[]
  /** Moves every clock of the issuer forward, by milliseconds. */
  advance(milliseconds: number): void
  /** Stops it, and starts another behind the same address; these options go before those of before. `meanwhile`: while none runs. */
  restart(over?: Partial<CurfewOptions>, meanwhile?: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

export const audience = 'https://api.test'
export const password = 'correct horse battery staple'

/** Opens one with sign-up, an operator client `ops` and a browser client `spa`. */
export async function open(more: Partial<CurfewOptions> = {}): Promise<Running> {
  const server = createServer((req, res) => curfew.node(req, res))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = more.issuer ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const lines: Record<string, unknown>[] = []
  const write = (level: string) => (facts: object, message?: string) => void lines.push({ level, ...facts, msg: message })
  const world = realWorld()
  let ahead = 0
  const options = {
    issuer,
    audience,
    database: ':memory:',
    control: false,
    accounts: { signUp: true },
    secret: 'test master secret, which is long enough',
    clients: [
      { id: 'ops', secret: opsSecret, grants: ['client_credentials'], scopes: ['curfew:end', 'other'], audience: issuer },
      {
        id: 'spa',
        redirectUris: ['http://127.0.0.1/back'],
        grants: ['authorization_code', 'refresh_token'],
        scopes: ['openid'],
        origins: ['http://spa.test'],
      },
    ],
    origins: ['http://app.127.0.0.1.test'],
    logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    world: { ...world, wall: () => world.wall() + ahead, monotonic: () => world.monotonic() + ahead },
    ...more,
  } as CurfewOptions
  let curfew = createCurfew(options)
  await curfew.ready()
  return {
    issuer: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get curfew() {
      return curfew
    },
    lines,
    advance(milliseconds) {
      ahead += milliseconds
    },
    async restart(over = {}, meanwhile = async () => undefined) {
      await curfew.close()
      await meanwhile()
      curfew = createCurfew({ ...options, ...over } as CurfewOptions)
      await curfew.ready()
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await curfew.close()
    },
  }
}
