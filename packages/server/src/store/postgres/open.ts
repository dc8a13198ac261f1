import { CurfewError } from '../../errors.ts'
import type { World } from '../../world.ts'
import { beatsAtATime } from '../ledger.ts'
import type { Store } from '../store.ts'
import { type Database, openDatabase } from './database.ts'
import type { PgPoolLike } from './driver.ts'
import { type PostgresOptions, postgresStore } from './postgres-store.ts'

export interface OpenOptions extends PostgresOptions {
  /** Statements stay prepared on their connections: half the work for the database. Given up by itself behind PgBouncer in transaction mode. */
  readonly prepared?: boolean
}

/** What a node has at a time: lanes for updates, some for verifiers (F1), these for reads, and one that listens. */
const reads = 4

/**
 * The store in PostgreSQL. Synchronous: it connects at first use. `connection` is `postgres://…`, or a pool of the application's own, which it
 * keeps and closes itself; that should have nine connections to spare.
 */
export function openPostgres(connection: string | PgPoolLike, options: OpenOptions): Store {
  const { world, log, prepared = true } = options
  const own =
    typeof connection === 'string' ? openPool(connection, { world, log, size: (options.lanes ?? 2) + beatsAtATime + reads + 1 }) : undefined
  const pool = own ?? (connection as PgPoolLike)
  const database = openDatabase({ pool, closePool: async () => own?.end(), world, reads, prepared })
  return postgresStore(database, options)
}

/** A connection or two to a database, for what is no store: copying into it. */
export function openForCopy(url: string, { world, log }: Pick<PostgresOptions, 'world' | 'log'>): Database {
  const pool = openPool(url, { world, log, size: 2 })
  return openDatabase({ pool, closePool: () => pool.end(), world, reads: 1, prepared: false })
}

/** A pool of our own, made at first use, so that `pg` is loaded only where it is needed. */
function openPool(
  connectionString: string,
  { log, size }: { world: Pick<World, 'after'>; log: OpenOptions['log']; size: number },
): PgPoolLike & { end(): Promise<void> } {
  let making: Promise<PgPoolLike & { end(): Promise<void> }> | undefined

  async function make(): Promise<PgPoolLike & { end(): Promise<void> }> {
    const { default: pg } = await import('pg').catch((cause: unknown) => {
      throw new CurfewError(
        `The package pg is not installed. Install it: npm install pg (${(cause as { code?: string }).code ?? 'unknown'})`,
      )
    })
    const pool = new pg.Pool({
      connectionString,
      max: size,
      application_name: 'curfew',
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 60_000,
      allowExitOnIdle: true,
      pipeline: true,
    })
    // One can be lost with the very message that says it is there, before whoever waits for it can listen; then its first use fails.
    pool.on('connect', (client) => void client.on('error', () => undefined))
    // A connection that is lost while nobody uses it: the next use makes another.
    pool.on('error', (error) =>
      log.warn({ event: 'store.connection_lost', code: (error as { code?: string }).code }, 'a connection was lost'),
    )
    return pool as unknown as PgPoolLike & { end(): Promise<void> }
  }

  return {
    async connect() {
      making ??= make()
      return (await making).connect()
    },
    async end() {
      await (await making?.catch(() => undefined))?.end()
    },
  }
}
