import type { ServiceId } from '../../domain/names.ts'
import type { Pause } from '../ledger.ts'
import { knownSorts } from '../sorts.ts'
import type { Beat, BeatAnswer, VerifierRow } from '../store.ts'
import { clock, type Database, durably, present, state } from './database.ts'
import type { Row } from './driver.ts'
import type { Versions } from './gate.ts'
import type { Waited } from './ledger-state.ts'
import { soughtText } from './load-of.ts'

type Rows = Waited & {
  readonly rows: readonly VerifierRow[]
  readonly leaseMs: number
  readonly head: number
  readonly horizon: number
  readonly past: readonly VerifierRow[]
  readonly pause: Pause | undefined
  readonly isPaused: boolean
  readonly versions: Versions
}

/** The rows of verifiers, for all nodes. */
export interface Verifiers {
  /** F1. Says beside the answers whether an acknowledgement moved. */
  write(beats: readonly Beat[], wake: string): Promise<{ readonly answers: readonly BeatAnswer[]; readonly moved: boolean }>
  waitingFor(seq: number): Promise<Waited & { readonly rows: readonly VerifierRow[]; readonly isPaused: boolean }>
  all(): Promise<Rows>
  /** Removes it; with `beat` only if it is still that one (L4). Says whether it did. */
  remove(service: ServiceId, id: string, why: 'released' | 'silent', wake: string, beat?: number): Promise<boolean>
}

const day = 24 * 3_600_000
const mostPast = 1000

/** `beats`: the lane in which F1 waits behind no refresh. */
export function verifiersIn(database: Pick<Database, 'run'>, beats: Pick<Database, 'run'>): Verifiers {
  return {
    async write(rows, wake) {
      const values = [
        rows.map(({ service }) => soughtText(service)),
        rows.map(({ id }) => soughtText(id)),
        rows.map(({ after }) => after),
        wake,
        rows.map(({ version = 1 }) => version),
      ]
      const answer = await beats.run({ text: beat, values })
      present(answer.rows)
      const answers: BeatAnswer[] = rows.map(() => ({ outcome: 'refused' }))
      let moved = false
      for (const [nth, outcome, leaseMs, head, hasMoved] of answer.rows) {
        if (outcome === 'written') answers[Number(nth) - 1] = { outcome, leaseMs: leaseMs as number, head: head as number }
        else if (outcome === 'full') answers[Number(nth) - 1] = { outcome }
        else if (outcome === 'outdated') answers[Number(nth) - 1] = { outcome, head: head as number }
        moved ||= hasMoved === true
      }
      return { answers, moved }
    },
    async waitingFor(seq) {
      // S2: rows, `wait_ms` and `settled` in one statement.
      const { rows } = await database.run({
        text: `SELECT l.wait_ms, l.settled, l.incarnation, v.service, v.id, v.acked, v.beat, v.seen, l.pause_until
          FROM curfew.ledger_state l LEFT JOIN curfew.verifiers v ON v.acked < $1::bigint
          WHERE l.one AND l.version <= ${knownSorts} AND NOT pg_is_in_recovery()`,
        values: [seq],
      })
      return { ...waitedAt(present(rows), 0), rows: rowsAt(rows, 3), isPaused: rows[0]![8] !== null }
    },
    async all() {
      const { rows } = await database.run({
        text: `SELECT l.wait_ms, l.settled, l.incarnation, l.lease_ms, l.head, l.horizon, l.pause_until, l.lease_back,
            v.service, v.id, v.acked, v.beat, v.seen, v.why, v.at, l.version, f.form, f.oldest
          FROM (SELECT max(s.version) AS form, max(s.oldest) AS oldest FROM curfew.schema_version s) f CROSS JOIN curfew.ledger_state l LEFT JOIN (
            SELECT service, id, acked, beat, seen, NULL AS why, NULL::bigint AS at FROM curfew.verifiers
            UNION ALL (SELECT service, id, acked, beat, seen, why, at FROM curfew.verifiers_past
              WHERE at > ${clock} - ${day} ORDER BY at DESC LIMIT ${mostPast})
          ) v ON true WHERE l.one AND NOT pg_is_in_recovery() ORDER BY v.at, v.service, v.id`,
        values: [],
      })
      const [, , , leaseMs, head, horizon, until, leaseBack] = present(rows) as readonly (number | null)[]
      const [past, now] = [rows.filter((row) => row[13] !== null), rows.filter((row) => row[13] === null)]
      return {
        ...waitedAt(rows[0]!, 0),
        ...{ leaseMs: leaseMs!, head: head!, horizon: horizon! },
        pause: typeof until === 'number' ? { until, leaseBack: leaseBack! } : undefined,
        isPaused: typeof until === 'number',
        versions: { version: rows[0]![15] as number, form: rows[0]![16] as number, oldest: rows[0]![17] as number },
        rows: rowsAt(now, 8),
        past: rowsAt(past, 8).map((row, index) => ({
          ...row,
          gone: { why: past[index]![13] as 'released' | 'silent', at: past[index]![14] as number },
        })),
      }
    },
    async remove(service, id, why, wake, known) {
      const { rowCount } = await database.run({
        text: `WITH gone AS (
            DELETE FROM curfew.verifiers v WHERE v.service = $1::text AND v.id = $2::text AND ($3::bigint IS NULL OR v.beat = $3::bigint)
              AND ${durably} RETURNING v.*
          ), past AS (
            INSERT INTO curfew.verifiers_past (service, id, acked, beat, seen, why, at)
            SELECT g.service, g.id, g.acked, g.beat, g.seen, $4::text, ${clock} FROM gone g
          )
          SELECT pg_notify('curfew', $5::text) FROM gone`,
        values: [soughtText(service), soughtText(id), known ?? null, why, wake],
      })
      return rowCount > 0
    },
  }
}

// F1, F7 in one statement: what it reads is as of one moment, and a refusal that is committed before it is seen. One that commits meanwhile does
// not matter: the lease runs from the verifier's sending, which was before. Sorted, so that two nodes lock rows in one order. Never more than was
// given out (`least`), never back (`greatest`), and a number never used before. Several nodes may each give the last room of a service once.
const beat = `WITH given AS MATERIALIZED (
    SELECT q.service, q.id, q.after, q.version, q.nth, s.max_rows, v.acked AS before
    FROM unnest($1::text[], $2::text[], $3::bigint[], $5::integer[]) WITH ORDINALITY AS q(service, id, after, version, nth)
      LEFT JOIN curfew.services s ON s.id = q.service AND NOT s.refused
      LEFT JOIN curfew.verifiers v ON v.service = q.service AND v.id = q.id
  ), counted AS (
    SELECT v.service, count(*) AS there FROM curfew.verifiers v
    WHERE v.service IN (SELECT g.service FROM given g WHERE g.before IS NULL AND g.max_rows IS NOT NULL) GROUP BY v.service
  ), judged AS (
    SELECT g.*, CASE WHEN g.max_rows IS NULL OR g.id IS NULL THEN 'refused' WHEN g.version < (SELECT l.version FROM ${state}) THEN 'outdated'
        WHEN g.before IS NULL
          AND coalesce(c.there, 0) + row_number() OVER (PARTITION BY g.service, g.before IS NULL ORDER BY g.nth) > g.max_rows THEN 'full'
        ELSE 'written' END AS outcome
    FROM given g LEFT JOIN counted c ON c.service = g.service
  ), durable AS MATERIALIZED (SELECT ${durably} AS is_set), written AS (
    INSERT INTO curfew.verifiers AS v (service, id, acked, beat, seen)
    SELECT j.service, j.id, least(j.after, l.head), nextval('curfew.beats'), t.now
    FROM judged j CROSS JOIN durable d CROSS JOIN (SELECT ${clock} AS now) t, ${state} AND d.is_set AND j.outcome = 'written'
    ORDER BY j.service, j.id
    ON CONFLICT (service, id) DO UPDATE SET acked = greatest(v.acked, excluded.acked), beat = excluded.beat, seen = excluded.seen
    RETURNING v.service, v.id, v.acked
  ), moved AS (
    SELECT j.nth FROM judged j JOIN written w ON w.service = j.service AND w.id = j.id WHERE w.acked > j.before
  ), told AS MATERIALIZED (SELECT pg_notify('curfew', $4::text) FROM moved LIMIT 1)
  SELECT j.nth, j.outcome, l.lease_ms, l.head, (SELECT count(*) FROM told) > 0
  FROM judged j, ${state}`

function waitedAt(row: Row, at: number): Waited {
  return { waitMs: row[at] as number, settled: row[at + 1] as boolean, incarnation: row[at + 2] as string }
}

function rowsAt(rows: readonly Row[], at: number): VerifierRow[] {
  return rows.flatMap((row) => {
    const [service, id, acked, beat, seen] = row.slice(at, at + 5)
    if (service === null) return [] // the outer join found none
    return [{ service: service as string, id: id as string, acked: acked as number, beat: beat as number, seen: seen as number }]
  })
}
