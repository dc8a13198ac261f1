import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { audience, castOptions, firstParty } from '../cast-options.ts'
import { type Commands, commandsOfFile, commandsOfPostgres } from '../command.ts'
import type { Stage } from '../endings.ts'
import { operatorToken } from '../population.ts'
import { freePort, start } from '../processes.ts'
import { proxied } from '../sabotage/proxies.ts'
import { leapingClocks, libfaketime } from './clocks.ts'
import { type FaultyPostgres, openFaultyPostgres } from './database.ts'
import type { History } from './history.ts'
import { type Known, type Member, member } from './member.ts'
import { openWay, type Way } from './network.ts'
import { openPool, type Pool } from './pool.ts'
import { resilientCommand, resilientHttp } from './resilient.ts'

/** Who plays, each a process of its own, and every way between them. */
export interface Crew {
  readonly stage: Stage
  readonly leaseMs: number
  readonly folder: string
  readonly nodes: readonly Member[]
  readonly services: readonly Member[]
  readonly pool: Pool
  readonly ways: {
    readonly people: Way
    /** By the number of the service. */
    readonly services: readonly Way[]
    /** By the number of the node; none with SQLite. */
    readonly database: readonly Way[]
  }
  readonly postgres: FaultyPostgres | undefined
  /** The service that is broken on purpose. */
  readonly broken: Member | undefined
  /** What the command line may ask, past all faults of the network. */
  command(name: string, args: Readonly<Record<string, unknown>>): Promise<unknown>
  /** While the database is away for long, it is let go of; afterwards it is opened again. */
  closeCommands(): Promise<void>
  openCommands(): Promise<void>
  end(): Promise<void>
}

export interface CrewSetting {
  readonly store: 'sqlite' | 'postgres'
  readonly nodes: number
  readonly verifiers: number
  /** Milliseconds. */
  readonly lease: number
  readonly sabotage: string | undefined
  readonly history: History
  readonly random: () => number
  readonly isOver: () => boolean
}

/** A sabotage that only a fault shows: the first service's clock runs at half the speed, far beyond what D1 has room for. */
export const slowClock = 'verifier-clock-out-of-bound'

/** Starts them all, and waits until each verifier has its first lease. */
export async function openCrew(setting: CrewSetting): Promise<Crew> {
  const { history, random, sabotage } = setting
  const folder = mkdtempSync(join(tmpdir(), 'curfew-prove-'))
  const cache = join(folder, 'compiled')
  const guard = await start('faults/guard.ts', {}, 20_000, { detached: true })
  const known: Known = {
    add: (add) => void (guard.child.connected && guard.child.send({ add })),
    remove: (remove) => void (guard.child.connected && guard.child.send({ remove })),
    folder: (path) => void (guard.child.connected && guard.child.send({ folder: path })),
  }
  known.folder(folder)
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true }), () => guard.kill('SIGKILL')]
  const end = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const postgres = setting.store === 'postgres' ? await openFaultyPostgres(known) : undefined
    closing.push(() => postgres?.close())
    const port = await freePort()
    const url = `http://localhost:${port}`
    const secret = randomBytes(32).toString('base64url')
    const direct = postgres?.url ?? join(folder, 'curfew.db')
    const {
      options,
      operator,
      services: registered,
    } = castOptions({
      ...{ url, secret, database: direct, lease: setting.lease, services: setting.verifiers },
      // A lost answer leaves a session that nobody knows of; it must not push out another.
      ...{ maxSessions: 1000, grace: 300, accessLifetime: 3600 },
    })
    const ports = await Promise.all(Array.from({ length: setting.nodes }, () => freePort()))
    const pool = openPool(ports, (out) => {
      for (const way of [ways.people, ...ways.services]) way.cut(out)
    })
    closing.push(() => pool.close())
    const front = await freePort()
    const liar = await proxied(sabotage, { port: front, issuer: url })
    closing.push(() => liar.close())
    const behind = liar.isOurs ? await openWay({ port: liar.behind, to: pool.next, random }) : undefined
    closing.push(() => behind?.close())
    const to = liar.isOurs ? () => [front] : pool.next
    const ways = {
      people: await openWay({ port, to, random }),
      services: await Promise.all(registered.map((_, index) => openWay({ host: addressOf(index), port, to, random }))),
      database: postgres ? await Promise.all(ports.map(() => openWay({ to: () => [postgres.port], random }))) : [],
    }
    closing.push(() => [ways.people, ...ways.services, ...ways.database].forEach((way) => void way.close()))

    const clocks = (name: string) => (libfaketime() === undefined ? ({ are: 'true' } as const) : leapingClocks(folder, name))
    const nodes = ports.map((at, index) => {
      const way = ways.database[index]
      const database = way ? `postgres://curfew@127.0.0.1:${way.port}/postgres` : direct
      const name = `node ${index + 1}`
      return member(
        { name, port: at, file: 'issuer.ts', setup: { port: at, options: { ...options, database } } },
        clocks(name),
        known,
        cache,
      )
    })
    closing.push(() => Promise.all(nodes.map((node) => node.stop())))
    for (const node of nodes) await node.start() // the first makes the tables
    const { commands, close, open } = await reopenable(() =>
      postgres ? commandsOfPostgres(direct, secret) : Promise.resolve(commandsOfFile(direct)),
    )
    closing.push(close)
    const services = await Promise.all(
      registered.map(async ({ id, key }, index) => {
        const at = await freePort()
        const broken = index === 0 && !liar.isOurs && sabotage !== slowClock ? sabotage : undefined
        const setup = { port: at, issuer: url, audience, key, sabotage: broken, issuerAt: addressOf(index), patience: 50_000 }
        const rate = index === 0 && sabotage === slowClock ? ({ are: 'of another rate', rate: 0.5 } as const) : clocks(id)
        return member({ name: id, port: at, file: 'service.ts', setup }, rate, known, cache)
      }),
    )
    closing.push(() => Promise.all(services.map((service) => service.stop())))
    await Promise.all(services.map((service) => service.start()))

    const http = resilientHttp(history, setting.isOver)
    closing.push(http.close)
    let token: Promise<string> | undefined
    let tokenSince = 0
    const own = `http://127.0.0.1:${port}`
    const stage: Stage = {
      ...{ url: own, issuer: url, http, firstParty, devicesEach: 1000 },
      command: resilientCommand((name, args) => commands().ask(name, args), history, setting.isOver),
      operator() {
        if (performance.now() - tokenSince > 60_000) token = undefined
        if (token === undefined) tokenSince = performance.now()
        token ??= operatorToken(operator, { url, http }).catch((error: unknown) => {
          token = undefined
          throw error
        })
        return token
      },
    }
    history.take({ what: 'wait', at: performance.now(), ms: Math.ceil(1.02 * setting.lease + 50) })
    return {
      ...{ stage, folder, nodes, services, pool, ways, postgres, end, leaseMs: setting.lease },
      broken: sabotage === undefined || liar.isOurs ? undefined : services[0],
      command: async (name, args) => commands().ask(name, args),
      closeCommands: close,
      // A token of before a restore is dead, the operator's own as well.
      openCommands: () => {
        token = undefined
        return open()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** The address that the issuer's name leads to in the process of this service. */
function addressOf(index: number): string {
  return `127.0.0.${index + 11}`
}

async function reopenable(
  make: () => Promise<Commands>,
): Promise<{ commands: () => Commands; close: () => Promise<void>; open: () => Promise<void> }> {
  let commands: Commands | undefined = await make()
  return {
    commands() {
      if (!commands) throw new Error('the database is away')
      return commands
    },
    async close() {
      const closing = commands
      commands = undefined
      await closing?.close()
    },
    async open() {
      commands ??= await make()
    },
  }
}
