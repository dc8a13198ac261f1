import { readdirSync, readFileSync } from 'node:fs'
import { CurfewError } from '../../errors.ts'
import { type Database, prepareReader, prepareWriter } from './database.ts'

const folder = new URL('./migrations/', import.meta.url)

/**
 * Brings the file forward to the newest form, never back. `first` fills in the state of a file that this process has just created, in the
 * same transaction as its tables. Returns whether it did.
 */
export function migrate(database: Database, first: () => void): boolean {
  const known = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  const tables = prepareReader(database, "SELECT count(*), sum(name = 'schema_version') FROM sqlite_schema").get()
  const isNew = tables?.[0] === 0
  if (!isNew && tables?.[1] !== 1) throw new CurfewError('The database belongs to another program. Name another file.')

  database.exec('BEGIN IMMEDIATE')
  try {
    if (isNew) database.exec('CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT')
    const at = Number(prepareReader(database, 'SELECT coalesce(max(version), 0) FROM schema_version').get()?.[0])
    if (at > known.length) {
      throw new CurfewError(`The database has form ${at}, and this version of Curfew knows ${known.length}. Use the newer version again.`)
    }
    const note = prepareWriter(database, 'INSERT INTO schema_version (version, name) VALUES (?, ?)')
    for (const [index, name] of known.entries()) {
      if (index < at) continue
      database.exec(readFileSync(new URL(name, folder), 'utf8'))
      note(index + 1, name)
    }
    if (isNew) first()
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
  return isNew
}
