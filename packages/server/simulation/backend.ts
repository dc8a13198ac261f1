import { openSqlite } from '../src/store/sqlite/open.ts'
import type { SqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../src/store/store.ts'
import { quiet } from './cast.ts'
import type { Disk } from './disk.ts'
import type { Process } from './machine.ts'
import { openSimulated } from './postgres/open.ts'
import type { DatabaseServer } from './postgres/server.ts'

/** What an issuer's processes keep everything in. */
export interface Backend {
  /** For a process that has just begun. */
  open(process: Process): Store
  /** Its process died in the middle of whatever it did. */
  afterCrash(store: Store): void
  /** When the run is over. */
  abandon(store: Store): void
}

/** A file, for one process at a time. */
export function fileBackend(disk: Disk, leaseMs: number): Backend {
  return {
    open: (process) => openSqlite(disk.path(), { world: process, leaseMs, log: quiet }),
    afterCrash: (store) => void disk.afterCrash(() => (store as SqliteStore).abandon()),
    abandon: (store) => (store as SqliteStore).abandon(),
  }
}

/** A database, for any number of nodes. */
export function databaseBackend(database: DatabaseServer, leaseMs: number): Backend {
  return {
    open: (process) => openSimulated(database, process, { leaseMs, log: quiet }),
    afterCrash: () => undefined,
    abandon: () => undefined,
  }
}
