import { keyAt, keyColumns } from '../rows.ts'
import type { KeyStore, SealedKey } from '../store.ts'
import type { Batches } from './batch.ts'
import { type Database, prepareReader, prepareWriter } from './database.ts'

/** Keys at rest. */
export function keysOf(database: Database, batches: Batches): KeyStore & { allNow(): readonly SealedKey[] } {
  const all = prepareReader(database, `SELECT ${keyColumns} FROM keys ORDER BY created_at, id`)
  const one = prepareReader(database, `SELECT ${keyColumns} FROM keys WHERE id = ?`)
  const add = prepareWriter(database, `INSERT INTO keys (${keyColumns}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`)
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
