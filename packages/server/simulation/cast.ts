import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, readConfig } from '../src/config.ts'
import type { Rights } from '../src/domain/user.ts'
import { openRing } from '../src/keys/ring.ts'
import { openServices } from '../src/open-services.ts'
import { openSqlite } from '../src/store/sqlite/open.ts'
import type { KeyStore, SealedKey, Store } from '../src/store/store.ts'
import type { Accounts, Logger, Passwords } from '../src/use-cases/needs.ts'
import { registerConfigured } from '../src/use-cases/register.ts'
import { addAccount } from '../src/use-cases/sign-up.ts'
import { chanceOf } from './chance.ts'
import { scratch } from './disk.ts'
import { createHistory } from './history.ts'
import { keepSpare, openKnownKeys } from './keys.ts'
import { createMachine, type Process } from './machine.ts'
import { openSimulated } from './postgres/open.ts'
import { createDatabaseServer } from './postgres/server.ts'
import { emptyTables, type Tables } from './postgres/tables.ts'
import { nearDatabase } from './postgres/weather.ts'
import { createScheduler } from './scheduler.ts'

export const ISSUER = 'https://login.example'
export const AUDIENCE = 'https://api.example'
export const MASTER_SECRET: Uint8Array = new Uint8Array(32).fill(7)
export const CLIENT_SECRET = 'a secret of the client that acts for itself'

/** What a scenario may choose about the issuer. */
export interface CastOptions {
  readonly leaseMs: number
  /** Seconds. */
  readonly accessLifetime?: number
  readonly users?: number
  /** The users are the application's own, and so are their rights (P5, P6). */
  readonly foreign?: boolean
  /** So many nodes on PostgreSQL; otherwise one process with SQLite. */
  readonly nodes?: number
}

/** Who is there from the beginning, and the database in which they are. */
export interface Cast {
  readonly config: Config
  /** The file to begin with, or the tables. */
  readonly template: string
  readonly tables: Tables | undefined
  /** `sub` of each user. */
  readonly users: readonly string[]
  subOf(usr: string): string
  /** Which rights the application gives now, where users are its own. */
  readonly rights: Map<string, number>
  accounts(process: Process): Accounts
  passwords(process: Process): Passwords
}

/** Nobody reads the log of a run. */
export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** The same keys for every database: one of them takes a tenth of a second to make. */
let madeKeys: Promise<readonly SealedKey[]> | undefined

const made = new Map<string, Promise<Omit<Cast, 'rights' | 'accounts'>>>()

/** The cast of a run; the database behind it is made once for all runs that choose alike, with its keys. */
export async function gather(options: CastOptions): Promise<Cast> {
  const key = JSON.stringify({ ...options, nodes: options.nodes !== undefined })
  const fresh = made.get(key) ?? make(options, join(scratch(), `template-${made.size}.db`))
  made.set(key, fresh)
  const cast = await fresh
  const rights = new Map(cast.users.map((sub) => [sub, 1]))
  return { ...cast, rights, accounts: (process) => (options.foreign ? foreignAccounts(cast.users, rights, process) : { builtIn: true }) }
}

/** The password of a user, one after the other. */
export function passwordOf(user: number, number: number): string {
  return `turnip-lantern-${number}-of-${user}`
}

/** The name that a user types. */
export function nameOf(user: number): string {
  return `user${user}`
}

async function make(options: CastOptions, template: string): Promise<Omit<Cast, 'rights' | 'accounts'>> {
  if (existsSync(template)) throw new Error(`There is a database already: ${template}`)
  const config = readConfig({
    issuer: ISSUER,
    audience: AUDIENCE,
    database: template,
    lease: options.leaseMs,
    limits: false, // what is counted is no part of the protocol
    session: { accessLifetime: options.accessLifetime ?? 300 },
    clients: [
      {
        id: 'robot',
        secret: CLIENT_SECRET,
        grants: ['client_credentials'],
        scopes: ['read'],
        accessLifetime: options.accessLifetime ?? 300,
      },
      {
        id: 'web',
        redirectUris: ['https://web.example/back'],
        consent: 'skip',
        scopes: ['openid', 'profile', 'offline_access'],
        accessLifetime: options.accessLifetime ?? 300,
      },
    ],
    services: ['orders', 'mail', 'photos'].map((id) => ({ id, audience: AUDIENCE })),
  })
  const chance = chanceOf('cast')
  const scheduler = createScheduler(chance)
  const calm = { rate: 1, wallError: 0, pauses: 0, pauseFor: () => 0, stepFor: () => 0 }
  const world = createMachine('template', scheduler, createHistory(), chance, calm).start()
  const passwords = passwordsOf(undefined)
  const people: { sub: string; usr: string }[] = []
  madeKeys ??= makeKeys(world)
  const firstKeys = await madeKeys
  const database =
    options.nodes === undefined
      ? undefined
      : createDatabaseServer({
          ...{ machine: createMachine('database', scheduler, createHistory(), chance, calm), history: createHistory(), chance },
          ...{ weather: nearDatabase, tables: emptyTables(config.leaseMs, world.wall()) },
        })
  await playOut(async () => {
    const given = { leaseMs: config.leaseMs, log: quiet }
    const store: Store = database ? openSimulated(database, world, { ...given, listen: false }) : openSqlite(template, { ...given, world })
    for (const key of firstKeys) await store.keys.add(key)
    const { settings } = config
    const shared = { settings, world, store, accounts: { builtIn: true } as const, passwords, log: quiet, masterSecret: MASTER_SECRET }
    const { services, stop } = await openServices({ ...shared, openKeys: openKnownKeys })
    await registerConfigured(config.clients, config.services, services)
    for (let user = 1; user <= (options.users ?? 2); user++) {
      const made = await addAccount({ identifier: nameOf(user), password: passwordOf(user, 1), roles: ['r1'] }, services)
      people.push({ sub: made.user.sub, usr: made.user.usr })
    }
    await stop()
    await store.close()
  })
  const subs = new Map(people.map(({ sub, usr }) => [usr, sub]))
  const tables = database?.backup()
  return { config, template, tables, users: people.map(({ sub }) => sub), subOf: (usr) => subs.get(usr) ?? usr, passwords: passwordsOf }

  async function playOut(script: () => Promise<void>): Promise<void> {
    let isOver = false
    const played = script().finally(() => {
      isOver = true
    })
    // Making keys takes the thread pool, which the scheduler knows nothing of.
    while (!isOver) {
      await scheduler.run(scheduler.now() + 1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await played
  }
}

/** The first keys of every database, and those that come after them (R2). */
async function makeKeys(world: Process): Promise<readonly SealedKey[]> {
  const make = async (): Promise<readonly SealedKey[]> => {
    const made: SealedKey[] = []
    const keys: KeyStore = {
      all: async () => [...made],
      async add(key) {
        made.push(key)
        return key
      },
    }
    await (await openRing({ keys, masterSecret: MASTER_SECRET, world })).jwks() // makes the slow key as well
    return made
  }
  keepSpare((await make()).filter(({ use }) => use === 'sign'))
  return make()
}

/** Slow hashes are not what is looked at: how long they take is. */
function passwordsOf(process: Process | undefined): Passwords {
  return {
    async hash(password) {
      await process?.step()
      return `plain:${password}`
    },
    async check(password, stored) {
      await process?.step(true)
      return stored === `plain:${password}`
    },
    renewed: async () => undefined,
    problemOf: async () => undefined,
  }
}

function foreignAccounts(users: readonly string[], rights: ReadonlyMap<string, number>, process: Process): Accounts {
  const find = async (sub: string): Promise<Rights | undefined> => {
    await process.step()
    const found = users.includes(sub) ? { sub, disabled: false, roles: [`r${rights.get(sub) ?? 0}`] } : undefined
    await process.step()
    return found
  }
  return {
    builtIn: false,
    async authenticate({ identifier }) {
      const sub = users[Number(identifier.slice(4)) - 1]
      return sub === undefined ? undefined : { sub }
    },
    find,
  }
}
