import { z } from 'zod'
import type { PgPoolLike } from './store/postgres/driver.ts'

/** PostgreSQL, and how a node uses it. */
export interface PostgresDatabase {
  /** `postgres://…`; or `pool`, of the application's own, which should have six connections to spare beside the lanes. */
  url?: string
  pool?: PgPoolLike
  /** Whether other nodes wake this one, over a connection of its own. False: it looks every 250 ms; for PgBouncer in transaction mode. */
  listen?: boolean
  /** Whether statements stay prepared on their connections: half the work for the database. Given up by itself where PgBouncer loses them. */
  prepared?: boolean
  /** Transactions at a time. */
  lanes?: number
}

/** Where everything is kept: a SQLite file, or `:memory:`; or PostgreSQL: `postgres://…`, or a pool as `pg.Pool` is one; or how to use it. */
export type DatabaseOption = string | PgPoolLike | PostgresDatabase

/** Reads it. */
export const database: z.ZodType<unknown> = z.union(
  [
    z.custom<string | PgPoolLike>(isDatabase),
    z
      .strictObject({
        url: z
          .string()
          .regex(/^postgres(ql)?:\/\//)
          .optional(),
        pool: z.custom<PgPoolLike>(isPool).optional(),
        listen: z.boolean().default(true),
        prepared: z.boolean().default(true),
        lanes: z.number().int().min(1).max(4).default(2),
      })
      .refine(({ url, pool }) => (url === undefined) !== (pool === undefined), 'needs url or pool, and not both'),
  ],
  'must be a file, postgres://…, a pool of connections to PostgreSQL, or { url or pool, listen, prepared, lanes }',
)

function isDatabase(value: unknown): boolean {
  // A file, or the URL of the one kind of server that we know.
  if (typeof value === 'string') return value !== '' && (!/^[a-z][a-z+]+:\/\//i.test(value) || /^postgres(ql)?:\/\//.test(value))
  return isPool(value)
}

function isPool(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'connect' in value && typeof value.connect === 'function'
}
