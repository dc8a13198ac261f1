import { waitFor } from '../../../src/store/margins.ts'
import { byColumn, counted, type Known, type Result, type Value } from '../statement.ts'
import { type Cell, type Line, ONE, type TableName } from '../tables.ts'
import { changed, locked, type Scope, type Steps } from '../transaction.ts'

/** An UPDATE of the one row, where it is still as the statement wants it. */
function updating(is: RegExp, change: (line: Line, values: readonly Value[], now: number) => Line | undefined): Known {
  return {
    is,
    make: () =>
      function* (scope, values): Steps<Result> {
        const now = scope.now()
        return counted((yield* changed(scope, 'ledger_state', ONE, (line) => change(line, values, now))) ? 1 : 0)
      },
  }
}

const number = Number
const tenMinutes = 600_000

/** The ledger's state, its reading and its horizon (src/store/postgres/ledger.ts, ledger-state.ts, restore.ts), and receipts. */
export const state: readonly Known[] = [
  updating(/^UPDATE curfew\.ledger_state l SET lease_ms = \$1::bigint, wait_ms = greatest/, (line, [lease, incarnation]) => ({
    ...line,
    ...{ lease_ms: number(lease), wait_ms: Math.max(number(line.wait_ms), waitFor(number(lease))), incarnation: String(incarnation) },
    ...{ lease_back: null, pause_until: null },
  })),
  updating(/^UPDATE curfew\.ledger_state l SET wait_ms = \(\(102 \* l\.lease_ms/, (line, [incarnation, seen]) =>
    line.incarnation === seen ? { ...line, wait_ms: waitFor(number(line.lease_ms)), incarnation: String(incarnation) } : undefined,
  ),
  updating(/^UPDATE curfew\.ledger_state l SET lease_back = coalesce/, (line, [long, lease, incarnation], now) => ({
    ...line,
    ...{ lease_back: line.lease_back ?? line.lease_ms!, pause_until: now + number(long), incarnation: String(incarnation) },
    lease_ms: Math.max(number(line.lease_ms), number(lease)),
    wait_ms: Math.max(number(line.wait_ms), waitFor(number(lease))),
  })),
  updating(/^UPDATE curfew\.ledger_state l SET lease_ms = l\.lease_back/, (line, [incarnation, when], now) =>
    line.lease_back !== null && (when === 'now' || number(line.pause_until) <= now)
      ? { ...line, lease_ms: line.lease_back!, lease_back: null, pause_until: null, incarnation: String(incarnation) }
      : undefined,
  ),
  updating(/^UPDATE curfew\.ledger_state l SET settled = true/, (line, [seen]) =>
    line.incarnation === seen ? { ...line, settled: true } : undefined,
  ),
  updating(/^UPDATE curfew\.ledger_state l SET max_ttl = \$1/, (line, [long]) =>
    number(line.max_ttl) < number(long) ? { ...line, max_ttl: number(long) } : undefined,
  ),
  {
    // R2: how far the ledger jumps is read from the text that is sent.
    is: /^UPDATE curfew\.ledger_state l SET head = (?:greatest\(l\.head, floor\(extract.*|l\.head), settled = false, wait_ms = greatest/,
    make: (text) =>
      function* (scope, [wait, incarnation, asked]): Steps<Result> {
        const second = Math.floor(scope.now() / 1000)
        if (text.includes('> $3::bigint') && second <= number(asked)) return counted(0)
        const jump = text.includes('* 1048576 - 1') ? second * 1_048_576 - 1 : 0
        yield* changed(scope, 'ledger_state', ONE, (line) => ({
          ...line,
          ...{ head: Math.max(number(line.head), jump), settled: false },
          ...{ wait_ms: Math.max(number(line.wait_ms), number(wait)), incarnation: String(incarnation) },
        }))
        return counted(1)
      },
  },
  {
    // E1.
    is: /^UPDATE curfew\.ledger_state l SET horizon = greatest/,
    make: () =>
      function* (scope, [seen]): Steps<Result> {
        const now = scope.now()
        if (scope.row('ledger_state', ONE)!.horizon !== seen) return { rows: [], rowCount: 0 }
        const line = (yield* locked(scope, 'ledger_state', ONE))!
        if (line.horizon !== seen) return { rows: [], rowCount: 0 }
        const horizon = Math.max(number(line.horizon), Math.min(now, number(line.horizon) + tenMinutes))
        scope.put('ledger_state', ONE, { ...line, horizon })
        return { rows: [[horizon, line.max_ttl!, now]], rowCount: 1 }
      },
  },
  {
    is: /^DELETE FROM curfew\.ledger e WHERE e\.seq IN \( SELECT o\.seq FROM curfew\.ledger o WHERE o\.until <= \(SELECT l\.horizon/,
    make:
      () =>
      (scope, [most]) => {
        const horizon = number(scope.row('ledger_state', ONE)!.horizon)
        const over = [...scope.rows('ledger')].filter(({ until }) => number(until) <= horizon).sort(byColumn('until'))
        for (const { seq } of over.slice(0, number(most))) scope.remove('ledger', String(seq))
        return counted(Math.min(over.length, number(most)))
      },
  },
  {
    // V9.
    is: /^SELECT l\.version FROM curfew\.ledger_state l$/,
    make: () => (scope) => ({ rows: [[scope.row('ledger_state', ONE)!.version!]], rowCount: 1 }),
  },
  {
    // L3, E2: head, horizon and entries as of one moment.
    is: /^SELECT l\.head, l\.horizon, e\.seq, e\.sort, e\.what, e\.id, e\.until FROM/,
    make:
      () =>
      (scope, [after, limit]) => {
        const { head, horizon } = scope.row('ledger_state', ONE)!
        const entries = entriesAfter(scope, number(after)).slice(0, number(limit))
        const rows: Cell[][] = entries.map((e) => [head!, horizon!, e.seq!, e.sort!, e.what!, e.id!, e.until!])
        return { rows: rows.length > 0 ? rows : [[head!, horizon!, null, null, null, null, null]], rowCount: Math.max(1, rows.length) }
      },
  },
  {
    is: /^INSERT INTO curfew\.receipts AS r /,
    make: () =>
      function* (scope, [id, seq, outcome, body, until]): Steps<Result> {
        const before = yield* locked(scope, 'receipts', String(id))
        if (before && before.outcome !== 'pending') return counted(0)
        scope.put('receipts', String(id), {
          ...(before ?? { id: id as Cell, seq: seq as Cell }),
          ...{ outcome: outcome as Cell, body: body as Cell, until: until as Cell },
        })
        return counted(1)
      },
  },
  {
    is: /^SELECT r\.id, r\.seq, r\.outcome, r\.body, r\.until FROM curfew\.receipts r WHERE r\.id = /,
    make:
      () =>
      (scope, [id]) =>
        receipts([scope.row('receipts', String(id))], scope.now()),
  },
  {
    is: /^SELECT r\.id, r\.seq, r\.outcome, r\.body, r\.until FROM curfew\.receipts r WHERE r\.seq = /,
    make:
      () =>
      (scope, [seq]) => {
        const those = [...scope.rows('receipts')].filter((line) => line.seq === seq)
        return receipts(
          those.sort((one, other) => byColumn('outcome')(one, other) || byColumn('id')(one, other)),
          scope.now(),
          1,
        )
      },
  },
]

/** The ledger after a number, in its order. */
export function entriesAfter(scope: Scope, after: number): Line[] {
  const head = number(scope.row('ledger_state', ONE)!.head)
  // From the newest back: few are ever asked for, and in the ledger a number is a key. Not after a jump (R2).
  if (head - after < 50) {
    const those: Line[] = []
    for (let seq = after + 1; seq <= head; seq++) {
      const line = scope.row('ledger' as TableName, String(seq))
      if (line) those.push(line)
    }
    return those
  }
  return [...scope.rows('ledger')].filter(({ seq }) => number(seq) > after).sort(byColumn('seq'))
}

function receipts(lines: readonly (Line | undefined)[], now: number, most = 1): Result {
  const good = lines.flatMap((line) => (line && number(line.until) > now ? [line] : [])).slice(0, most)
  return { rows: good.map((r) => [r.id!, r.seq!, r.outcome!, r.body!, r.until!]), rowCount: good.length }
}
