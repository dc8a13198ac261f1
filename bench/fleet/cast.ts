import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CurfewOptions } from 'curfew'
import { freePort } from '../../packages/server/prove/processes.ts'
import { startPostgres } from '../../packages/server/test/store/postgres/server.ts'
import { type ServerProcess, startServer } from '../server-process.ts'
import type { FollowersSetup, FollowersState } from './followers.ts'
import type { NetworkSetup } from './network.ts'
import { type Part, startPart } from './part.ts'
import { postgresCpu } from './postgres-cpu.ts'
import type { VerifiersSetup } from './real-verifiers.ts'
import type { Way } from './tcp-loss.ts'

/** What is raised: nodes, and what lies between them and the fleet. */
export interface Setting {
  readonly store: 'sqlite' | 'postgres'
  readonly nodes: number
  /** Between verifiers and issuer; undefined: this machine's own loopback. */
  readonly way?: Way
  /** Between those who sign out and the issuer. */
  readonly callersWay?: Way
  /** Milliseconds. */
  readonly lease?: number
  /** Undefined: as the product has it. */
  readonly spares?: number
}

/** Verifiers of the product in a fleet; the others are lean followers. */
export const realOnes = 8

/** An issuer of one node or several, and a fleet that follows it. */
export interface Cast {
  /** Where those who sign out ask, in turn. */
  readonly urls: readonly string[]
  /** Grows the fleet to so many verifiers in all, and waits until each has a lease. */
  grow(size: number): Promise<void>
  followers(): Promise<FollowersState>
  readonly verifiers: Part
  /** Microseconds so far: of all nodes, of PostgreSQL, of the network. */
  cpu(): Promise<{ issuer: number; postgres: number; network: number }>
  end(): Promise<void>
}

const audience = 'https://api.example'
const services = ['orders', 'billing', 'inbox', 'search']
const nothing: Way = { oneWay: 0, loss: 0, rtoMin: 200 }

/** Raises it on this machine, each part a process of its own. */
export async function raiseFleet({ store, nodes, way, callersWay, lease = 5000, spares }: Setting): Promise<Cast> {
  const tmp = fileURLToPath(new URL('../../.tmp/', import.meta.url)) // not the system's: that one may be memory, where a sync costs nothing
  mkdirSync(tmp, { recursive: true })
  const folder = mkdtempSync(`${tmp}fleet-`)
  const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  const end = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    const postgres = store === 'postgres' ? await startPostgres() : undefined
    if (postgres) stops.push(() => postgres.close())
    const [front = 0, callers = 0, ...ports] = await Promise.all(Array.from({ length: nodes + 2 }, () => freePort()))
    const issuer = `http://localhost:${front}`
    const keys = services.map((id) => ({ id, secret: randomBytes(32).toString('base64url') }))
    const options: CurfewOptions = {
      issuer,
      audience,
      database: postgres?.url ?? `${folder}/curfew.db`,
      secret: randomBytes(32).toString('base64url'),
      lease,
      ...(spares !== undefined && { spares }),
      control: false,
      session: { accessLifetime: 3600 },
      services: keys.map(({ id, secret }) => ({ id, key: `cfk_${id}_${secret}`, public: true, maxRows: 100_000 })),
    }
    const running: ServerProcess[] = []
    for (const port of ports) {
      const node = await startServer(new URL('issuer.ts', import.meta.url), { port, options })
      running.push(node)
      stops.push(() => node.stop())
    }
    const network = await part('network.ts', {
      ways: [
        { port: front, to: ports, way: way ?? nothing },
        { port: callers, to: ports, way: callersWay ?? nothing },
      ],
      seed: 1,
    } satisfies NetworkSetup)
    const verifiers = await part('real-verifiers.ts', {
      issuer,
      audience,
      keys: Array.from({ length: realOnes }, (_, nth) => {
        const { id, secret } = keys[nth % keys.length]!
        return `cfk_${id}_${secret}`
      }),
    } satisfies VerifiersSetup)
    const lean = await part('followers.ts', {
      ports: way ? [front] : ports,
      authorizations: keys.map(({ id, secret }) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`),
    } satisfies FollowersSetup)
    return {
      urls: (callersWay ? [callers] : ports).map((port) => `http://127.0.0.1:${port}`),
      grow: async (size) => void (await lean.ask({ size: Math.max(0, size - realOnes) })),
      followers: () => lean.ask<FollowersState>({}),
      verifiers,
      async cpu() {
        const each = await Promise.all(running.map((node) => node.cpu()))
        return {
          issuer: each.reduce((sum, one) => sum + one, 0),
          postgres: postgres ? postgresCpu(postgres.pid) : 0,
          network: (await network.ask<{ cpu: number }>({})).cpu,
        }
      },
      end,
    }
  } catch (error) {
    await end()
    throw error
  }

  async function part(file: string, setup: object): Promise<Part> {
    const { part: started } = await startPart(file, setup)
    stops.push(() => started.stop())
    return started
  }
}
