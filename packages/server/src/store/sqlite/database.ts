import { closeSync, openSync } from 'node:fs'
// The old names: they are aliases from Node 26.11 on, and the only ones before. Nothing else in the house imports this module.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { CurfewError } from '../../errors.ts'
import { readOwner } from './owner.ts'

/** One connection to one SQLite file. */
export type Database = DatabaseSync

/** What a column can hold. */
export type Value = null | number | string | Uint8Array

/** One row, its columns in the order of the statement. */
export type Row = readonly Value[]

/** A prepared statement that reads. */
export interface Reader {
  get(...values: readonly Value[]): Row | undefined
  all(...values: readonly Value[]): readonly Row[]
  iterate(...values: readonly Value[]): Iterable<Row>
}

/** Runs a prepared statement that writes; returns how many rows it changed. */
export type Writer = (...values: readonly Value[]) => number

/**
 * Opens the file for this process alone (R1), or says who holds it. `:memory:` works.
 */
export function openDatabase(path: string): Database {
  const isFile = path !== ':memory:'
  if (isFile) makeFile(path)
  let database: Database | undefined
  try {
    // Not imported: an older Node, which does not know it, shall get as far as being told so (needs-node.ts).
    const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
    database = new DatabaseSync(path, { timeout: 200 })
    // R1: held until this process ends or closes it. Set before anything is read, so that no shared memory is used.
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.exec('PRAGMA journal_mode = WAL')
    // R3: COMMIT returns when the log is on the disk.
    database.exec('PRAGMA synchronous = FULL')
    database.exec(
      'PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = FAST; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY',
    )
    database.exec('BEGIN IMMEDIATE; COMMIT')
    // R3: a commit that was recovered but never synced must not be announced, and then lost with the next power cut.
    const [busy] = prepareReader(database, 'PRAGMA wal_checkpoint(TRUNCATE)').get() ?? []
    if (busy === 1) throw new CurfewError(`${path}: its log could not be written into it. Is another program reading the file?`)
    return database
  } catch (error) {
    if (database?.isOpen) database.close()
    throw explained(error, path)
  }
}

/** Prepares a statement that reads. */
export function prepareReader(database: Database, sql: string): Reader {
  const statement: StatementSync = database.prepare(sql)
  statement.setReturnArrays(true)
  return statement as unknown as Reader
}

/** Prepares a statement that writes. */
export function prepareWriter(database: Database, sql: string): Writer {
  const statement = database.prepare(sql)
  return (...values) => Number(statement.run(...values).changes)
}

/** Only its owner may read it: it has password hashes, addresses and sealed keys. An existing file is not opened, which would drop SQLite's lock. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code === 'ENOENT') throw new CurfewError(`The folder of ${path} does not exist. Make it, or name another file for the database.`)
    throw new CurfewError(`The database ${path} cannot be made: ${(error as Error).message}`)
  }
}

function explained(error: unknown, path: string): unknown {
  const code = (error as { errcode?: number }).errcode
  if (code === undefined) return error
  if ((code & 0xff) === 5 || (code & 0xff) === 6) {
    return new CurfewError(`${path} is in use by ${readOwner(path)}. One process serves a file: talk to that one, or stop it first.`)
  }
  if ((code & 0xff) === 26) return new CurfewError(`${path} is not a SQLite database. Name another file.`)
  return new CurfewError(`The database ${path} cannot be opened: ${(error as Error).message}`)
}
