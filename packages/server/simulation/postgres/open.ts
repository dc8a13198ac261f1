import { openDatabase } from '../../src/store/postgres/database.ts'
import { type PostgresOptions, postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { Process } from '../machine.ts'
import { createPool } from './pool.ts'
import type { DatabaseServer } from './server.ts'

/** Where no migration is: the simulated database begins with its tables. */
const noMigrations = new URL('./', import.meta.url)
/** As `openPostgres` has it. */
const [lanes, reads] = [2, 4]

/** The product's own PostgreSQL store in a node's process, over the simulated database. */
export function openSimulated(database: DatabaseServer, process: Process, options: Omit<PostgresOptions, 'world' | 'migrations'>): Store {
  const pool = createPool(database, process, lanes + 1 + reads + 1)
  const opened = openDatabase({ pool, closePool: () => pool.end(), world: process, reads, prepared: false })
  return postgresStore(opened, { ...options, world: process, lanes, migrations: noMigrations })
}
