import type { Instant } from '../../domain/instant.ts'
import { checkLease, pauseMargin } from '../margins.ts'
import { clock, type Database, durably, state } from './database.ts'
import type { Statement } from './driver.ts'

const tenMinutes = 600_000
/** D1, of a number or a column: room for clocks that differ by 2 %, and for reading them. */
const waitFor = (leaseMs: string): string => `((102 * ${leaseMs} + 99) / 100 + 50)`

/** The row of a new database: it begins with its clock (E1), and has given no lease that could be waited for. */
export function insertState(leaseMs: number, incarnation: string): Statement {
  return {
    text: `INSERT INTO curfew.ledger_state (head, horizon, lease_ms, wait_ms, settled, incarnation)
      SELECT 0, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, $1::bigint, ${waitFor('$1::bigint')}, true, $2::text
      ON CONFLICT DO NOTHING`,
    values: [leaseMs, incarnation],
  }
}

/** Changes of the one row, each a statement by itself. */
export interface StateWriter {
  /** D3. Raising raises what is waited as well; lowering leaves it to `lowerWait`. */
  changeLease(leaseMs: number): Promise<void>
  lowerWait(seen: string): Promise<void>
  /** D4. */
  pause(milliseconds: number): Promise<void>
  endPause(when: 'now' | 'over'): Promise<void>
  settle(seen: string): Promise<void>
  raiseMaxTtl(milliseconds: number): Promise<void>
}

/** Writes the one row. `incarnation` makes a new random name. */
export function stateWriter(database: Pick<Database, 'run'>, incarnation: () => string): StateWriter {
  const write = async (text: string, ...values: (string | number)[]): Promise<void> => void (await database.run({ text, values }))
  return {
    async changeLease(leaseMs) {
      checkLease(leaseMs)
      await write(
        `UPDATE curfew.ledger_state l SET lease_ms = $1::bigint, wait_ms = greatest(l.wait_ms, ${waitFor('$1::bigint')}), incarnation = $2::text,
           lease_back = NULL, pause_until = NULL
         WHERE l.one AND ${durably}`,
        leaseMs,
        incarnation(),
      )
    },
    lowerWait: (seen) =>
      write(
        `UPDATE curfew.ledger_state l SET wait_ms = ${waitFor('l.lease_ms')}, incarnation = $1::text
         WHERE l.one AND l.incarnation = $2::text AND ${durably}`,
        incarnation(),
        seen,
      ),
    async pause(milliseconds) {
      checkLease(milliseconds + pauseMargin)
      await write(
        `UPDATE curfew.ledger_state l SET lease_back = coalesce(l.lease_back, l.lease_ms), pause_until = ${clock} + $1::bigint,
           lease_ms = greatest(l.lease_ms, $2::bigint), wait_ms = greatest(l.wait_ms, ${waitFor('$2::bigint')}), incarnation = $3::text
         WHERE l.one AND ${durably}`,
        milliseconds,
        milliseconds + pauseMargin,
        incarnation(),
      )
    },
    endPause: (when) =>
      write(
        `UPDATE curfew.ledger_state l SET lease_ms = l.lease_back, lease_back = NULL, pause_until = NULL, incarnation = $1::text
         WHERE l.one AND l.lease_back IS NOT NULL AND ($2::text = 'now' OR l.pause_until <= ${clock}) AND ${durably}`,
        incarnation(),
        when,
      ),
    settle: (seen) =>
      write(`UPDATE curfew.ledger_state l SET settled = true WHERE l.one AND l.incarnation = $1::text AND ${durably}`, seen),
    raiseMaxTtl: (milliseconds) =>
      write(`UPDATE curfew.ledger_state l SET max_ttl = $1::bigint WHERE l.one AND l.max_ttl < $1::bigint AND ${durably}`, milliseconds),
  }
}

/** What each look at rows reads with them (S2, D3, R2). */
export interface Waited {
  readonly waitMs: number
  readonly settled: boolean
  readonly incarnation: string
}

/** E1: moves the horizon, if it is still the one that was seen. */
export async function moveHorizon(
  database: Pick<Database, 'run'>,
  seen: Instant,
): Promise<{ readonly horizon: Instant; readonly maxTtl: number; readonly now: Instant } | undefined> {
  const { rows } = await database.run({
    text: `UPDATE curfew.ledger_state l SET horizon = greatest(l.horizon, least(t.now, l.horizon + ${tenMinutes}))
      FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) t
      WHERE l.one AND l.horizon = $1::bigint AND ${durably} RETURNING l.horizon, l.max_ttl, t.now`,
    values: [seen],
  })
  if (!rows[0]) return undefined
  const [horizon, maxTtl, now] = rows[0] as readonly [number, number, number]
  return { horizon, maxTtl, now }
}

/** E1: entries that the horizon has passed, at most so many. After its commit: none is gone that it does not promise. */
export function forgetEntries(most: number): Statement {
  return {
    text: `DELETE FROM curfew.ledger e WHERE e.seq IN (
      SELECT o.seq FROM curfew.ledger o WHERE o.until <= (SELECT l.horizon FROM ${state}) ORDER BY o.until LIMIT $1::bigint FOR UPDATE SKIP LOCKED)`,
    values: [most],
  }
}
