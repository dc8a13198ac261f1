import { allWith, byColumn, type Known, type Result, type Value } from '../statement.ts'
import { type Cell, type Line, ONE } from '../tables.ts'
import { locked, type Scope, type Steps } from '../transaction.ts'

const keyOf = (service: Cell | undefined, id: Cell | undefined): string => `${service} ${id}`
const day = 24 * 3_600_000

/** Which beats are written (F7): of services that may, and as many as they may have. */
function judge(scope: Scope, [services, ids, afters]: readonly Value[]) {
  const there = new Map<string, number>()
  return (services as readonly string[]).map((service, index) => {
    const [id, after] = [(ids as readonly Cell[])[index] as string | null, (afters as readonly number[])[index]!]
    const registered = scope.row('services', service)
    const before = scope.row('verifiers', keyOf(service, id))
    const asked = { nth: index + 1, service, id, after, before: before?.acked as number | undefined }
    if (!registered || registered.refused === true || id === null) return { ...asked, outcome: 'refused' }
    if (before) return { ...asked, outcome: 'written' }
    const count = (there.get(service) ?? allWith(scope.rows('verifiers'), 'service', service).length) + 1
    there.set(service, count)
    return { ...asked, outcome: count > Number(registered.max_rows) ? 'full' : 'written' }
  })
}

/** The rows of verifiers (src/store/postgres/verifiers.ts). */
export const verifiers: readonly Known[] = [
  {
    // F1, F7.
    is: /^WITH given AS MATERIALIZED .* INSERT INTO curfew\.verifiers AS v /,
    make: () =>
      function* (scope, values): Steps<Result> {
        const state = scope.row('ledger_state', ONE)!
        const judged = judge(scope, values)
        const seen = scope.now()
        const rows = judged.filter(({ outcome }) => outcome === 'written').map((one) => ({ ...one, beat: scope.next() }))
        rows.sort((one, other) => (keyOf(one.service, one.id) < keyOf(other.service, other.id) ? -1 : 1))
        let moved = false
        for (const { service, id, after, before, beat } of rows) {
          const key = keyOf(service, id)
          const line = yield* locked(scope, 'verifiers', key)
          const acked = Math.max(Number(line?.acked ?? 0), Math.min(after, Number(state.head)))
          scope.put('verifiers', key, { service, id, acked, beat, seen })
          if (before !== undefined && acked > before) moved = true
        }
        if (moved) scope.notify(String(values[3]))
        return { rows: judged.map(({ nth, outcome }) => [nth, outcome, state.lease_ms!, state.head!, moved]), rowCount: judged.length }
      },
  },
  {
    // S2.
    is: /^SELECT l\.wait_ms, l\.settled, l\.incarnation, v\.service, v\.id, v\.acked, v\.beat, v\.seen, l\.pause_until FROM/,
    make:
      () =>
      (scope, [seq]) => {
        const state = scope.row('ledger_state', ONE)!
        const waited = [state.wait_ms!, state.settled!, state.incarnation!]
        const behind = [...scope.rows('verifiers')].filter(({ acked }) => Number(acked) < Number(seq))
        const lines = behind.length === 0 ? [undefined] : behind
        const rows = lines.map((line) => [...waited, ...columns(line), state.pause_until ?? null])
        return { rows, rowCount: rows.length }
      },
  },
  {
    is: /^SELECT l\.wait_ms, l\.settled, l\.incarnation, l\.lease_ms, l\.head, l\.horizon, l\.pause_until, l\.lease_back,/,
    make: () => (scope) => {
      const s = scope.row('ledger_state', ONE)!
      const whole = [s.wait_ms!, s.settled!, s.incarnation!, s.lease_ms!, s.head!, s.horizon!, s.pause_until ?? null, s.lease_back ?? null]
      const past = [...scope.rows('verifiers_past')].filter(({ at }) => Number(at) > scope.now() - day)
      const lines = [...past.sort(byColumn('at')), ...scope.rows('verifiers')]
      const rows = (lines.length === 0 ? [undefined] : lines).map((line) => [
        ...whole,
        ...columns(line),
        line?.why ?? null,
        line?.at ?? null,
      ])
      return { rows, rowCount: rows.length }
    },
  },
  {
    // F6, L4.
    is: /^WITH gone AS \( DELETE FROM curfew\.verifiers v WHERE v\.service = \$1::text AND v\.id = \$2::text AND \(\$3::bigint IS NULL OR v\.beat = \$3/,
    make: () =>
      function* (scope, [service, id, beat, why, wake]): Steps<Result> {
        const key = keyOf(service as Cell, id as Cell)
        const isIt = (line: Line | undefined) => line !== undefined && (beat === null || line.beat === beat)
        if (!isIt(scope.row('verifiers', key))) return { rows: [], rowCount: 0 }
        const line = yield* locked(scope, 'verifiers', key)
        if (!isIt(line)) return { rows: [], rowCount: 0 }
        scope.remove('verifiers', key)
        scope.put('verifiers_past', String(scope.next()), { ...line!, why: why as Cell, at: scope.now() })
        scope.notify(String(wake))
        return { rows: [[null]], rowCount: 1 }
      },
  },
  {
    // R2.
    is: /^DELETE FROM curfew\.verifiers$/,
    make: () =>
      function* (scope): Steps<Result> {
        const keys = [...scope.rows('verifiers')].map(({ service, id }) => keyOf(service, id)).sort()
        for (const key of keys) {
          yield* locked(scope, 'verifiers', key)
          scope.remove('verifiers', key)
        }
        return { rows: [], rowCount: keys.length }
      },
  },
]

function columns(line: Line | undefined): Cell[] {
  return line ? [line.service!, line.id!, line.acked!, line.beat!, line.seen!] : [null, null, null, null, null]
}
