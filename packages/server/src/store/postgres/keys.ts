import type { World } from '../../world.ts'
import { keyAt, keyColumns } from '../rows.ts'
import type { KeyStore } from '../store.ts'
import { type Database, present, state } from './database.ts'
import { away, isAway } from './failures.ts'
import { transact } from './transaction.ts'

/** The port, and what wakes whoever listens. */
export interface PostgresKeys extends KeyStore {
  wake(): void
}

/**
 * Keys at rest. Of several nodes that make the first key of a sort at once each keeps its own, and all use the oldest: whoever comes second sees
 * the first, and is younger by the number of milliseconds if not by its clock.
 */
export function keysOf(database: Pick<Database, 'run' | 'using'>, world: Pick<World, 'after' | 'monotonic'>, tag: string): PostgresKeys {
  const listeners = new Set<() => void>()
  const tell = { text: `SELECT pg_notify('curfew', $1::text)`, values: [`keys ${tag}`] }
  return {
    wake() {
      for (const listener of listeners) listener()
    },
    onChange(wake) {
      const own = (): void => wake()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    async all() {
      // From the primary alone: a standby may not know yet that one has ended.
      const { rows } = await database.run({
        text: `SELECT ${keyColumns} FROM (SELECT FROM ${state}) l LEFT JOIN curfew.keys ON true ORDER BY created_at, id`,
        values: [],
      })
      present(rows)
      return rows.flatMap((row) => (row[0] === null ? [] : [keyAt(row)]))
    },
    async add({ id, use, algorithm, publicJwk, sealed, createdAt, endedAt }) {
      const insert = {
        text: `INSERT INTO curfew.keys (${keyColumns})
          SELECT $1::text, $2::text, $3::text, $4::json, $5::bytea, greatest($6::bigint, max(k.created_at) + 1), $7::bigint
          FROM curfew.keys k WHERE k.use = $2::text AND k.algorithm = $3::text
          ON CONFLICT (id) DO NOTHING`,
        values: [id, use, algorithm, publicJwk ? JSON.stringify(publicJwk) : null, sealed, createdAt, endedAt ?? null],
      }
      const find = { text: `SELECT ${keyColumns} FROM curfew.keys WHERE id = $1::text`, values: [id] }
      // One at a time; reading goes on.
      const lock = { text: 'LOCK TABLE curfew.keys IN SHARE ROW EXCLUSIVE MODE' }
      const found = await transact(database, world, [lock], async ({ all }) => (await all([insert, find, tell]))[1]!.rows).catch(
        (error: unknown) => {
          throw isAway(error) ? away(error) : error
        },
      )
      return keyAt(found[0]!)
    },
  }
}
