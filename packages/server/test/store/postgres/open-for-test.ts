import { createHash } from 'node:crypto'
import pg from 'pg'
import { realWorld } from '../../../src/real-world.ts'
import { openDatabase } from '../../../src/store/postgres/database.ts'
import type { PgClientLike, PgPoolLike, PgQuery } from '../../../src/store/postgres/driver.ts'
import { type PostgresOptions, postgresStore } from '../../../src/store/postgres/postgres-store.ts'
import type { Store } from '../../../src/store/store.ts'
import type { OpenStore } from '../../../src/testing/store-contract.ts'

/** Changes each statement on its way to the database. */
export type Rewrite = (text: string) => string

/** Everything of a pool, with other SQL. */
export function rewritingPool(pool: pg.Pool, rewrite: Rewrite): PgPoolLike {
  return {
    async connect() {
      const client = await pool.connect()
      const query = ({ name, ...given }: PgQuery) => {
        const text = rewrite(given.text)
        return client.query({
          ...given,
          text,
          ...(name === undefined ? {} : { name: createHash('sha256').update(text).digest('hex').slice(0, 32) }),
        })
      }
      return new Proxy(client, {
        get(target, name) {
          if (name === 'query') return query
          const value = Reflect.get(target, name, target)
          return typeof value === 'function' ? value.bind(target) : value
        },
      }) as unknown as PgClientLike
    },
  }
}

export interface OpenPostgres extends OpenStore {
  /** What was logged. */
  readonly lines: Record<string, unknown>[]
  /** Another node on the same database. */
  node(options?: Partial<PostgresOptions>): Store
}

let schemas = 0

/** What a migrated schema is emptied with: making one anew costs more than most tests. */
const emptied = `DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'curfew' AND tablename NOT IN ('schema_version', 'ledger_state', 'issuer')
      LOOP EXECUTE format('DELETE FROM curfew.%I', name); END LOOP;
  END $$;
  UPDATE curfew.issuer SET cut = 0, stale = 0;
  UPDATE curfew.ledger_state SET head = 0, horizon = floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, max_ttl = 0, lease_ms = 5000,
    wait_ms = 5150, settled = true, incarnation = gen_random_uuid()::text, lease_back = NULL, pause_until = NULL, version = 1`

/** A fresh store: a schema to itself in a database that all share. `change` breaks its SQL on purpose. */
export function opener(
  url: string,
  { pipeline = true, prepared = false }: { pipeline?: boolean; prepared?: boolean } = {},
): {
  /** `isOwn`: a schema that nobody uses before or after. */
  open(change?: Rewrite, options?: Partial<PostgresOptions>, isOwn?: boolean): Promise<OpenPostgres>
  /** A schema that has its tables. */
  migrated(): Promise<{ schema: string; pool: pg.Pool }>
  end(): Promise<void>
} {
  const pool = new pg.Pool({ connectionString: url, max: 24, pipeline })
  pool.on('error', () => undefined)
  const free: string[] = []
  return {
    end: () => pool.end(),
    async migrated() {
      const [schema] = free
      if (!schema) throw new Error('No schema was made yet.')
      return { schema, pool }
    },
    async open(change = (same) => same, given = {}, isOwn = false) {
      const used = isOwn ? undefined : free.pop()
      if (!used) schemas += 1
      const schema = used ?? `curfew_${process.pid}_${schemas}`
      const lines: Record<string, unknown>[] = []
      const write = (facts: object): void => void lines.push({ ...facts })
      let ahead = 0
      const rewrite: Rewrite = (text) =>
        change(text)
          .replaceAll(/\bcurfew\.(?=[a-z_%])/g, `${schema}.`)
          .replaceAll("'curfew'", `'${schema}'`)
          .replaceAll("'curfew.", `'${schema}.`)
          .replaceAll(/\b(SCHEMA|LISTEN|UNLISTEN) curfew\b/g, `$1 ${schema}`)
          .replaceAll('clock_timestamp()', ahead === 0 ? 'clock_timestamp()' : `(clock_timestamp() + interval '${ahead} milliseconds')`)
      const rewritten = rewritingPool(pool, rewrite)
      const nodes: Store[] = []
      const makeNode = (options: Partial<PostgresOptions> = {}): Store => {
        const world = realWorld()
        const database = openDatabase({ pool: rewritten, closePool: async () => undefined, world, reads: 4, prepared })
        const store = postgresStore(database, {
          world,
          leaseMs: 5_000,
          log: { warn: write, error: write },
          listen: false,
          ...given,
          ...options,
        })
        nodes.push(store)
        return store
      }
      if (used) await pool.query(rewrite(emptied))
      const store = makeNode()
      return {
        store,
        node: makeNode,
        lines,
        advance(milliseconds) {
          ahead += milliseconds
        },
        async close() {
          for (const one of nodes) await one.close()
          if (!isOwn) free.push(schema)
        },
      }
    },
  }
}
