import type { KeyStore, SealedKey } from '../store.ts'
import type { Batches } from './batch.ts'
import { type Database, prepareReader, prepareWriter, type Row } from './database.ts'

/** Keys at rest. */
export function keysOf(database: Database, batches: Batches): KeyStore & { allNow(): readonly SealedKey[] } {
  const columns = 'id, use, algorithm, public_jwk, sealed, created_at, ended_at'
  const all = prepareReader(database, `SELECT ${columns} FROM keys ORDER BY created_at, id`)
  const one = prepareReader(database, `SELECT ${columns} FROM keys WHERE id = ?`)
  const add = prepareWriter(database, `INSERT INTO keys (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`)
  const allNow = (): readonly SealedKey[] => {
    batches.ready()
    return all.all().map(keyAt)
  }
  return {
    allNow,
    async all() {
      return allNow()
    },
    async add(key) {
      const done = await batches.add(() => {
        const { id, use, algorithm, publicJwk, sealed, createdAt, endedAt } = key
        add(id, use, algorithm, publicJwk ? JSON.stringify(publicJwk) : null, sealed, createdAt, endedAt ?? null)
        return keyAt(one.get(id)!)
      })
      return done.value
    },
  }
}

function keyAt(row: Row): SealedKey {
  const [id, use, algorithm, publicJwk, sealed, createdAt, endedAt] = row
  return {
    id: id as string,
    use: use as SealedKey['use'],
    algorithm: algorithm as string,
    sealed: sealed as Uint8Array,
    createdAt: createdAt as number,
    ...(publicJwk === null ? {} : { publicJwk: JSON.parse(publicJwk as string) as Readonly<Record<string, unknown>> }),
    ...(endedAt === null ? {} : { endedAt: endedAt as number }),
  }
}
