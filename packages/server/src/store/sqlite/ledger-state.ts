import type { Instant } from '../../domain/instant.ts'
import { CurfewError } from '../../errors.ts'
import type { Pause } from '../ledger.ts'
import { waitFor } from '../margins.ts'
import { knownSorts, olderThanLedger } from '../sorts.ts'
import { type Database, prepareReader, prepareWriter } from './database.ts'

/** The one row of `ledger_state`. */
export interface LedgerState {
  readonly head: number
  readonly horizon: Instant
  readonly cut: number
  readonly stale: number
  readonly maxTtl: number
  readonly leaseMs: number
  readonly waitMs: number
  readonly settled: boolean
  readonly clean: boolean
  readonly incarnation: string
  readonly clock: Instant
  readonly pause: Pause | undefined
  /** V9. */
  readonly version: number
}

/** Reads of the one row. */
export interface StateReader {
  whole(): LedgerState
  /** What the first statement of each update reads: ledger head and the issuer's marks (M1, P5). */
  marks(): { readonly head: number; readonly cut: number; readonly stale: number }
}

/** The row of a new database: it begins with its clock (E1), and has given no lease that could be waited for (R1). */
export function insertState(database: Database, leaseMs: number, now: Instant, incarnation: string): void {
  prepareWriter(
    database,
    `INSERT INTO ledger_state (one, head, horizon, lease_ms, wait_ms, settled, clean, incarnation, clock)
     VALUES (1, 0, ?, ?, ?, 1, 0, ?, ?)`,
  )(now, leaseMs, waitFor(leaseMs), incarnation, now)
}

/** V9: every sort of entries in use is known here. */
export function checkVersion(database: Database): void {
  const [version] = prepareReader(database, 'SELECT version FROM ledger_state WHERE one = 1').get() ?? []
  if (Number(version) > knownSorts) throw new CurfewError(olderThanLedger(Number(version)))
}

/** One issuer a ledger: a file that was copied away is not served. */
export function checkPlace(database: Database): void {
  const [movedTo] = prepareReader(database, 'SELECT moved_to FROM ledger_state WHERE one = 1').get() ?? []
  if (typeof movedTo !== 'string') return
  throw new CurfewError(
    `Everything in this file was copied to ${movedTo}, and goes on there. To go back to it as to a backup, which signs everybody out: curfew restored`,
  )
}

/** Prepares the reads. */
export function readState(database: Database): StateReader {
  const whole = prepareReader(
    database,
    `SELECT head, horizon, cut, stale, max_ttl, lease_ms, wait_ms, settled, clean, incarnation, clock, pause_until, lease_back,
       version FROM ledger_state WHERE one = 1`,
  )
  const marks = prepareReader(database, 'SELECT head, cut, stale FROM ledger_state WHERE one = 1')
  return {
    whole() {
      const row = whole.get() ?? []
      const [head, horizon, cut, stale, maxTtl, leaseMs, waitMs] = row as number[]
      return {
        ...{ head: head!, horizon: horizon!, cut: cut!, stale: stale!, maxTtl: maxTtl!, leaseMs: leaseMs!, waitMs: waitMs! },
        ...{ settled: row[7] === 1, clean: row[8] === 1, incarnation: String(row[9]), clock: Number(row[10]) },
        pause: typeof row[11] === 'number' ? { until: row[11], leaseBack: row[12] as number } : undefined,
        version: Number(row[13]),
      }
    },
    marks() {
      const [head, cut, stale] = marks.get() as number[]
      return { head: head!, cut: cut!, stale: stale! }
    },
  }
}
