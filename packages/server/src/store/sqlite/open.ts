import { openDatabase } from './database.ts'
import { removeOwner, writeOwner } from './owner.ts'
import { type SqliteOptions, type SqliteStore, sqliteStore } from './sqlite-store.ts'

/** Opens the store in a SQLite file, or in memory with `:memory:`. This process alone has it until `close` (R1). */
export function openSqlite(path: string, options: SqliteOptions): SqliteStore {
  const database = openDatabase(path)
  const isFile = path !== ':memory:'
  const closed = () => {
    if (isFile) removeOwner(path) // while the lock is still ours
    database.close()
  }
  try {
    if (isFile) writeOwner(path, options.world.wall())
    return sqliteStore(database, options, closed)
  } catch (error) {
    if (database.isOpen) closed()
    throw error
  }
}
