import type { DatabaseOption } from './database-option.ts'
import type { PgPoolLike } from './store/postgres/driver.ts'
import { openPostgres } from './store/postgres/open.ts'
import { openSqlite } from './store/sqlite/open.ts'
import type { Store } from './store/store.ts'
import type { World } from './world.ts'

/** The SQLite file, or `:memory:`; undefined: the database is PostgreSQL. */
export function fileOf(database: DatabaseOption): string | undefined {
  return typeof database === 'string' && !isPostgres(database) ? database : undefined
}

/** For people: the database without its password. */
export function shownDatabase(database: DatabaseOption): string {
  const at = placeOf(database)
  if (typeof at !== 'string') return 'the pool of the application'
  if (!isPostgres(at)) return at
  if (!URL.canParse(at)) return 'PostgreSQL'
  const { host, pathname } = new URL(at)
  return `postgres://${host}${pathname}`
}

/** What the environment or the command line says goes before the file, and keeps how PostgreSQL is spoken to. */
export function databaseAt(place: string, configured: DatabaseOption | undefined): DatabaseOption {
  if (typeof configured !== 'object' || 'connect' in configured || !isPostgres(place)) return place
  const { pool: _, ...how } = configured
  return { ...how, url: place }
}

/** Opens whichever it is: a file at once, PostgreSQL at first use. */
export function openStore(
  database: DatabaseOption,
  options: {
    world: World
    leaseMs: number
    log: { warn(facts: object, message?: string): void; error(facts: object, message?: string): void }
    /** Opened by the command line, which is no node: it does not stand in the way of a restore. */
    visiting?: boolean
    /** For a restore: a file that was moved away may be opened, too. */
    restoring?: boolean
  },
): Store {
  const file = fileOf(database)
  if (file !== undefined) return openSqlite(file, options)
  const { url: _url, pool: _pool, ...how } = typeof database === 'object' && !('connect' in database) ? database : {}
  return openPostgres(placeOf(database), { ...options, ...how })
}

function placeOf(database: DatabaseOption): string | PgPoolLike {
  if (typeof database === 'string' || 'connect' in database) return database
  return (database.url ?? database.pool)!
}

function isPostgres(place: string): boolean {
  return /^postgres(ql)?:\/\//.test(place)
}
