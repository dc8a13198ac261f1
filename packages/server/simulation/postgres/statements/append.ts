import { type Known, type Result, unnesting } from '../statement.ts'
import { keyOf, type Line, ONE, type TableName } from '../tables.ts'
import { changed, locked, type Scope, type Steps } from '../transaction.ts'
import { tokenEntry } from './loads.ts'
import { unique } from './steps.ts'

/** The ledger's append (src/store/postgres/append.ts): the head's row is locked until the transaction is over (L2). */
export const append: readonly Known[] = [
  {
    is: /^WITH given AS \( SELECT \* FROM unnest.*head AS \( UPDATE curfew\.ledger_state l SET head = l\.head \+ \$7/,
    make(text) {
      const rowsOf = unnesting(text)
      // How long entries are remembered is read from the text that is sent (M3).
      const margin = Number(/h\.max_ttl \+ (\d+) END AS until/.exec(text)?.[1])
      const year = Number(/WHEN 'kid' THEN h\.now \+ (\d+)/.exec(text)?.[1])
      return function* (scope, values): Steps<Result> {
        const rows = rowsOf(values)
        const state = (yield* locked(scope, 'ledger_state', ONE))!
        const [base, maxTtl, now] = [Number(state.head), Number(state.max_ttl), scope.now()]
        scope.put('ledger_state', ONE, { ...state, head: base + rows.length })
        for (const row of rows) {
          const until = row.what === 'jti' ? Number(row.expires) : row.what === 'kid' ? now + year : now + maxTtl + margin
          yield* write(scope, row, base + Number(row.nth), until, now)
        }
        scope.notify(String(values[7]))
        return { rows: [[base, maxTtl, now, null]], rowCount: 1 }
      }
    },
  },
]

function* write(scope: Scope, { sort, what, id, named, why }: Line, seq: number, until: number, now: number): Steps<void> {
  if (what === 'jti') yield* unique('ledger', 'token', keyOf(id), () => tokenEntry(scope.latestRows('ledger'), id) !== undefined)
  scope.put('ledger', String(seq), { seq, sort: sort!, what: what!, id: id ?? null, until })
  const end = (line: Line): Line => ({ ...line, ended_seq: seq, ended_at: now, ended_why: why ?? null })
  const mark = (line: Line): Line => ({ ...line, [String(sort)]: Math.max(Number(line[String(sort)]), seq) })
  const ends: Partial<Record<string, readonly [table: TableName, key: string, change: (line: Line) => Line]>> = {
    sid: ['sessions', keyOf(id), end],
    gid: ['grants', keyOf(id), end],
    kid: ['keys', String(named), (line) => ({ ...line, ended_at: now })],
    usr: ['users', String(named), mark],
    client_id: ['clients', String(named), mark],
    everything: ['issuer', ONE, mark],
  }
  const one = ends[String(what)]
  if (one) yield* changed(scope, ...one)
}
