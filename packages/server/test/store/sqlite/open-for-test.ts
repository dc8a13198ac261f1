import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../../src/store/sqlite/database.ts'
import { openSqlite } from '../../../src/store/sqlite/open.ts'
import { type SqliteOptions, type SqliteStore, sqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { type TestWorld, testWorld } from '../../../src/testing/fixed-clock.ts'
import type { OpenStore } from '../../../src/testing/store-contract.ts'

/** What was logged, so that a test can look. */
export interface Logged {
  readonly log: SqliteOptions['log']
  readonly lines: Record<string, unknown>[]
}

export function logged(): Logged {
  const lines: Record<string, unknown>[] = []
  const write = (facts: object) => void lines.push({ ...facts })
  return { log: { warn: write, error: write }, lines }
}

export interface OpenSqlite extends OpenStore {
  readonly store: SqliteStore
  readonly world: TestWorld
}

/** In memory, and across "restarts": the connection stays, the process is played. */
export async function openInMemory(change: (database: Database) => Database = (same) => same): Promise<OpenSqlite> {
  const database = change(openDatabase(':memory:'))
  const world = testWorld()
  const options = { world, leaseMs: 5_000, log: logged().log }
  let store = sqliteStore(database, options, () => {})
  return {
    world,
    get store() {
      return store
    },
    advance: world.advance,
    async reopen(how) {
      if (how === 'stopped') await store.close()
      else store.abandon()
      store = sqliteStore(database, options, () => {})
    },
    async close() {
      await store.close()
      database.close()
    },
  }
}

/** In a file of its own. */
export async function openInFile(): Promise<OpenSqlite> {
  const folder = await mkdtemp(join(tmpdir(), 'curfew-store-'))
  const world = testWorld()
  const options = { world, leaseMs: 5_000, log: logged().log }
  const open = () => openSqlite(join(folder, 'curfew.db'), options)
  let store = open()
  return {
    world,
    get store() {
      return store
    },
    advance: world.advance,
    async reopen(how) {
      if (how === 'stopped') await store.close()
      else store.abandon()
      store = open()
    },
    async close() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}
