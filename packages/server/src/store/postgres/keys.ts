import type { KeyStore, SealedKey } from '../store.ts'
import { type Database, durably } from './database.ts'
import type { Row } from './driver.ts'

const columns = 'id, use, algorithm, public_jwk, sealed, created_at, ended_at'

/** Keys at rest. */
export function keysOf(database: Pick<Database, 'run'>): KeyStore {
  return {
    async all() {
      const { rows } = await database.run({ text: `SELECT ${columns} FROM curfew.keys ORDER BY created_at, id`, values: [] })
      return rows.map(keyAt)
    },
    async add({ id, use, algorithm, publicJwk, sealed, createdAt, endedAt }) {
      await database.run({
        text: `INSERT INTO curfew.keys (${columns})
          SELECT $1::text, $2::text, $3::text, $4::json, $5::bytea, $6::bigint, $7::bigint WHERE ${durably} ON CONFLICT (id) DO NOTHING`,
        values: [id, use, algorithm, publicJwk ? JSON.stringify(publicJwk) : null, sealed, createdAt, endedAt ?? null],
      })
      // Another statement: of two nodes that add it at once, the second sees here what the first wrote.
      const { rows } = await database.run({ text: `SELECT ${columns} FROM curfew.keys WHERE id = $1::text`, values: [id] })
      return keyAt(rows[0]!)
    },
  }
}

function keyAt(row: Row): SealedKey {
  const [id, use, algorithm, publicJwk, sealed, createdAt, endedAt] = row
  return {
    id: id as string,
    use: use as SealedKey['use'],
    algorithm: algorithm as string,
    sealed: Uint8Array.from(sealed as Uint8Array),
    createdAt: createdAt as number,
    ...(publicJwk === null ? {} : { publicJwk: JSON.parse(publicJwk as string) as Readonly<Record<string, unknown>> }),
    ...(endedAt === null ? {} : { endedAt: endedAt as number }),
  }
}
