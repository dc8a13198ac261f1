import { OAuthError } from './errors.ts'
import type { PgPoolLike } from './store/postgres/driver.ts'
import { openPostgres } from './store/postgres/open.ts'
import { openSqlite } from './store/sqlite/open.ts'
import type { Store } from './store/store.ts'
import type { World } from './world.ts'

/** The SQLite file, or `:memory:`; undefined: the database is PostgreSQL. */
export function fileOf(database: string | PgPoolLike): string | undefined {
  return typeof database === 'string' && !/^postgres(ql)?:\/\//.test(database) ? database : undefined
}

/** For people: the database without its password. */
export function shownDatabase(database: string | PgPoolLike): string {
  if (typeof database !== 'string') return 'the pool of the application'
  if (fileOf(database) !== undefined) return database
  if (!URL.canParse(database)) return 'PostgreSQL'
  const { host, pathname } = new URL(database)
  return `postgres://${host}${pathname}`
}

/** Opens whichever it is: a file at once, PostgreSQL at first use. */
export function openStore(
  database: string | PgPoolLike,
  options: {
    world: World
    leaseMs: number
    log: { warn(facts: object, message?: string): void; error(facts: object, message?: string): void }
  },
): Store {
  const file = fileOf(database)
  return file === undefined ? openPostgres(database, options) : openSqlite(file, options)
}

/** What is opened once. */
export interface Opened<T> {
  /** Rejects with what is wrong; where that was a database that is away, the next call tries again. */
  now(): Promise<T>
  /** What there is, without trying. */
  last(): Promise<T | undefined>
}

/** Opens at once. */
export function opening<T>(open: () => Promise<T>): Opened<T> {
  let last: Promise<T | undefined> = Promise.resolve(undefined)
  let current: Promise<T> | undefined
  const now = (): Promise<T> => {
    if (current) return current
    const mine = open()
    current = mine
    last = mine.catch((error: unknown) => {
      if (error instanceof OAuthError && error.code === 'temporarily_unavailable') current = undefined
      return undefined // told to whoever waits for it; not an unhandled rejection of somebody else's process
    })
    return mine
  }
  now().catch(() => undefined)
  return { now, last: () => last }
}
