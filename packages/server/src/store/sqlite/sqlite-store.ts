import type { Instant } from '../../domain/instant.ts'
import type { At, Position } from '../../domain/position.ts'
import { stopping } from '../../errors.ts'
import type { World } from '../../world.ts'
import { bytesText } from '../blob.ts'
import type { Held, Issuer, Load, Query, Rows, SealedKey, Store } from '../store.ts'
import { batches as batchesOf } from './batch.ts'
import { readByName } from './by-name.ts'
import { startClock } from './clock.ts'
import { type Database, prepareWriter } from './database.ts'
import { prepareEffects } from './effects.ts'
import { keysOf } from './keys.ts'
import { ledgerOf } from './ledger.ts'
import { checkPlace, checkVersion, insertState, type LedgerState, readState } from './ledger-state.ts'
import { listsOf } from './lists.ts'
import { readLive } from './live.ts'
import { type Loads, prepareLoads } from './loads.ts'
import { migrate } from './migrate.ts'
import { preparePrune } from './prune.ts'
import { prepareQueries, type Queries } from './queries.ts'
import { type Verifiers, verifiersIn } from './verifiers.ts'

export interface SqliteOptions {
  readonly world: World
  /** D3: written only when the database is made. */
  readonly leaseMs: number
  readonly log: { warn(facts: object, message?: string): void; error(facts: object, message?: string): void }
  /** Opened to be restored: one that was moved away may be, too (R2). */
  readonly restoring?: boolean
  /** Carries out COMMIT, which returns when it is on the disk. Handed in so that a test sees the order, or lets it fail (R3). */
  readonly sync?: (commit: () => void) => void
}

/** A store that is read at once, and that a test can also leave as a crash would. */
export interface SqliteStore extends Store {
  /** Keys at rest without waiting: a start with a wrong master secret is refused where it is called. */
  readonly keys: Store['keys'] & { allNow(): readonly SealedKey[] }
  /** Closes the file without anything that a clean stop writes (R1). */
  abandon(): void
}

/** The store on an open database; `closed` is called once, when it is done with it. */
export function sqliteStore(database: Database, options: SqliteOptions, closed: () => void): SqliteStore {
  const { world, log } = options
  const incarnation = () => bytesText(world.random(16))
  const isNew = migrate(database, () => insertState(database, options.leaseMs, world.wall(), incarnation()))
  checkVersion(database)
  if (!options.restoring) checkPlace(database)
  const state = readState(database)
  const verifiers = verifiersIn(database)
  start(database, verifiers, { isNew, wasClean: state.whole().clean, incarnation: incarnation() })
  const { clock: noted, horizon } = state.whole()
  const clock = startClock(world, Math.max(noted, horizon))

  let isClosed = false
  const batches = batchesOf({
    ...{ database, clock, state, world, log, sync: options.sync ?? ((commit: () => void) => commit()) },
    announce: () => wake('entry'),
    failed: () => finish(),
  })
  const { ledger, wake } = ledgerOf({ database, batches, state, verifiers, world, log })
  const byName = readByName(database)
  const live = readLive(database)
  const loads = prepareLoads(database, byName, live)
  const queries = prepareQueries(database, loads, byName)
  const carryOut = prepareEffects(database)
  const prune = preparePrune(database, state)
  const cleanStop = prepareWriter(database, 'UPDATE ledger_state SET clean = ?, clock = ? WHERE one = 1')

  function finish(): void {
    if (isClosed) return
    isClosed = true
    closed()
  }

  /** R1: the rows and `clean` in one durable transaction. `clean` stays false if confirmation has itself still to wait. */
  function stop(now: Instant): void {
    const isClean = state.whole().settled
    transact(database, options.sync, () => {
      if (isClean) verifiers.save()
      cleanStop(isClean ? 1 : 0, now)
    })
  }

  return {
    async update(load, decide) {
      const done = await batches.add((at, issuer) => {
        const held = loadWith(loads, load, at, issuer)
        const verdict = decide(held, at)
        return { verdict, entries: carryOut(verdict.effects ?? [], at) }
      })
      const { verdict, entries } = done.value
      return { ...verdict, entries, committed: done.committed, committedAt: done.committedAt }
    },
    async begin(query) {
      // Synchronous, with no transaction open: rows, head and clock are as of one moment, and durable (P1, P5, R3).
      const now = batches.ready()
      const whole = state.whole()
      const at = { now, head: whole.head }
      const rows = queryWith(queries, query, at, whole)
      return { rows, at, position: whole.head as Position }
    },
    lists: listsOf(database, { batches, state, byName, live }),
    ledger,
    keys: keysOf(database, batches),
    async prune(limit) {
      const { value: removed } = await batches.add(({ now }) => prune(limit, now))
      return { removed, more: removed >= limit }
    },
    async close() {
      if (isClosed) return
      batches.drain()
      const now = batches.ready()
      batches.close(stopping())
      try {
        stop(now)
      } finally {
        finish()
      }
    },
    abandon() {
      batches.close(stopping())
      finish()
    },
  }
}

/** The entry of the table for this load. That key and value fit is in the table's type; the compiler cannot follow it through an index. */
function loadWith<L extends Load>(loads: Loads, load: L, at: At, issuer: Issuer): Held[L['kind']] {
  return (loads[load.kind] as unknown as (load: L, at: At, issuer: Issuer) => Held[L['kind']])(load, at, issuer)
}

function queryWith<Q extends Query>(queries: Queries, query: Q, at: At, state: LedgerState): Rows[Q['kind']] {
  return (queries[query.kind] as unknown as (query: Q, at: At, state: LedgerState) => Rows[Q['kind']])(query, at, state)
}

/** R1: whether the process before stopped cleanly decides whether its verifiers are known. Durable before anything is served. */
function start(database: Database, verifiers: Verifiers, given: { isNew: boolean; wasClean: boolean; incarnation: string }): void {
  if (given.isNew) return
  transact(database, undefined, () => {
    if (given.wasClean) {
      verifiers.load()
      prepareWriter(database, 'UPDATE ledger_state SET clean = 0 WHERE one = 1')()
    } else {
      prepareWriter(database, 'DELETE FROM verifiers')()
      prepareWriter(database, 'UPDATE ledger_state SET settled = 0, incarnation = ? WHERE one = 1')(given.incarnation)
    }
  })
}

function transact(database: Database, sync: ((commit: () => void) => void) | undefined, work: () => void): void {
  database.exec('BEGIN IMMEDIATE')
  work()
  const commit = () => database.exec('COMMIT')
  if (sync) sync(commit)
  else commit()
}
