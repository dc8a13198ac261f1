import { allWith, byColumn, type Joined, type Known, listOf, type Result, selecting, unnesting } from '../statement.ts'
import { keyOf, type Line } from '../tables.ts'
import { locked, type Scope, type Steps } from '../transaction.ts'

/** What one client has of a user and has not ended; locked in the order of its name. */
function load(is: RegExp, isMeant: (scope: Scope, grant: Line) => boolean): Known {
  return {
    is,
    make(text) {
      const [select, rowsOf] = [selecting(listOf(text)), unnesting(text)]
      return function* (scope, values): Steps<Result> {
        const those = rowsOf(values).flatMap((asked) => {
          const u = scope.row('users', String(asked.sub))
          const all = u ? allWith(scope.rows('grants'), 'user_id', u.id) : []
          return all.flatMap((g) => (g.client_id === asked.client && g.ended_seq === null && isMeant(scope, g) ? [{ asked, g }] : []))
        })
        those.sort((one, other) => byColumn('gid')(one.g, other.g))
        const rows: Joined[] = []
        for (const { asked, g: seen } of those) {
          const g = yield* locked(scope, 'grants', keyOf(seen.gid))
          if (g?.ended_seq === null) rows.push({ q: asked, g, c: scope.row('clients', String(g.client_id)) })
        }
        return select(rows)
      }
    },
  }
}

/** Apart from a session, and under one that has not ended (src/store/postgres/grant-loads.ts). */
export const granted: readonly Known[] = [
  load(
    /^SELECT q\.nth, c\.cut, g\.id,.* c\.id = q\.client WHERE g\.ended_seq IS NULL ORDER BY g\.gid FOR /,
    (scope, g) => g.offline === true || scope.row('sessions', keyOf(g.sid))?.ended_seq === null,
  ),
]
