import type { Instant } from '../../domain/instant.ts'
import type { At } from '../../domain/position.ts'
import type { World } from '../../world.ts'
import type { Issuer } from '../store.ts'
import type { Clock } from './clock.ts'
import { type Database, prepareWriter } from './database.ts'
import type { StateReader } from './ledger-state.ts'

/** What a transaction came to, and when its COMMIT returned. */
interface Done<T> {
  readonly value: T
  readonly committed: number
  readonly committedAt: Instant
}

/** The only way to write: what is asked for in one turn of the event loop becomes one transaction. */
export interface Batches {
  /** Runs in a savepoint of its own. What throws is undone and refused alone. */
  add<T>(work: (at: At, issuer: Issuer) => T): Promise<Done<T>>
  /** Carries out at once all that waits. */
  drain(): void
  /** For reads outside: the store is open, no transaction is, and the clock is right. */
  ready(): Instant
  /** Refuses everything from now on, and whatever waits. */
  close(error: Error): void
}

export interface BatchParts {
  readonly database: Database
  readonly clock: Clock
  readonly state: StateReader
  readonly world: Pick<World, 'turn' | 'monotonic'>
  readonly log: { error(facts: object, message?: string): void }
  /** Carries out COMMIT. */
  readonly sync: (commit: () => void) => void
  /** After a durable commit that appended to the ledger. */
  readonly announce: () => void
  /** R3: the store is closed for good. */
  readonly failed: () => void
}

interface Job {
  readonly work: (at: At, issuer: Issuer) => unknown
  readonly resolve: (done: Done<never>) => void
  readonly reject: (error: unknown) => void
  value?: unknown
  refused?: { readonly error: unknown }
}

/** Keeps the event loop responsive; what is over waits for the next turn. */
const most = 500
/** The clock is noted this often, so that a restart with a wall clock that was set back goes on where this process was (within M3's minute). */
const noteEvery = 20_000

/** Gathers and carries out transactions. */
export function batches(parts: BatchParts): Batches {
  const { database, clock, state, world } = parts
  const begin = prepareWriter(database, 'BEGIN IMMEDIATE')
  const commit = prepareWriter(database, 'COMMIT')
  const save = prepareWriter(database, 'SAVEPOINT one')
  const release = prepareWriter(database, 'RELEASE one')
  const undo = prepareWriter(database, 'ROLLBACK TO one')
  const noteClock = prepareWriter(database, 'UPDATE ledger_state SET clock = ? WHERE one = 1')
  let waiting: Job[] = []
  let closed: Error | undefined
  let isInside = false
  let noted = state.whole().clock

  function flush(): void {
    if (waiting.length === 0 || closed) return
    const jobs = waiting.length > most ? waiting.splice(0, most) : waiting
    if (jobs === waiting) waiting = []
    else world.turn(flush)

    let committed: number
    clock.correct() // LEAP: between transactions, never within one
    const now = clock.now()
    let before: number
    let after: number
    try {
      isInside = true
      begin()
      before = state.marks().head
      for (const job of jobs) run(job, now)
      after = state.marks().head
      note(now)
      parts.sync(commit)
      committed = world.monotonic()
    } catch (error) {
      fail(error, jobs)
      return
    } finally {
      isInside = false
    }
    // R3: only now is it durable, and only now does anybody learn of it; refusals too, which may rest on what the same batch wrote.
    for (const job of jobs) {
      if (job.refused) job.reject(job.refused.error)
      else job.resolve({ value: job.value as never, committed, committedAt: now })
    }
    if (after !== before) parts.announce()
  }

  function run(job: Job, now: Instant): void {
    save()
    try {
      // M1, P5: clock and head first, before any row.
      const { head, ...issuer } = state.marks()
      job.value = job.work({ now, head }, issuer)
    } catch (error) {
      // A full disk or a failing one ends the whole transaction.
      if (!database.isTransaction) throw error
      undo()
      job.refused = { error }
    }
    release()
  }

  function note(now: Instant): void {
    if (now - noted < noteEvery) return
    noteClock(now)
    noted = now
  }

  /** R3: whether it was stored is not known, and what was stored may not be durable. A new process finds out. */
  function fail(cause: unknown, jobs: readonly Job[]): void {
    parts.log.error({ event: 'store.failed', error: String(cause) }, 'the database could not be written; the store is closed for good')
    const error = new Error('The database could not be written, and is closed. Start the process again.', { cause })
    for (const job of jobs) job.reject(error)
    close(error)
    parts.failed()
  }

  function close(error: Error): void {
    closed ??= error
    for (const job of waiting) job.reject(closed)
    waiting = []
  }

  return {
    add(work) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(closed)
        waiting.push({ work, resolve, reject })
        if (waiting.length === 1) world.turn(flush)
      })
    },
    drain() {
      while (waiting.length > 0) flush()
    },
    ready() {
      if (closed) throw closed
      if (isInside) throw new Error('A decision cannot read: everything that it needs is in its load.')
      clock.correct()
      const now = clock.now()
      if (now - noted >= noteEvery) {
        try {
          note(now)
        } catch (error) {
          fail(error, [])
          throw error
        }
      }
      return now
    },
    close,
  }
}
