import { byColumn, type Joined, type Known, listOf, type Result, selecting, type Value } from '../statement.ts'
import { type Cell, keyOf, type Line, ONE } from '../tables.ts'
import type { Scope } from '../transaction.ts'
import { entriesAfter } from './state.ts'

const owner = (scope: Scope, line: Line): Line | undefined => [...scope.rows('users')].find(({ id }) => id === line.user_id)
const num = Number

function isLive(scope: Scope, line: Line, clientCut = 0): boolean {
  const now = scope.now()
  const cut = Math.max(num(owner(scope, line)?.cut), num(scope.row('issuer', ONE)!.cut), clientCut)
  return line.ended_seq === null && num(line.idle_expires_at) > now && num(line.expires_at) > now && num(line.pos) >= cut
}

/** What is joined, and which of it is shown. */
function list(is: RegExp, rows: (scope: Scope, values: readonly Value[]) => readonly Joined[]): Known {
  return {
    is,
    make(text) {
      const select = selecting(listOf(text))
      return (scope, values) => select(rows(scope, values))
    },
  }
}

const sessions = (scope: Scope, isGood: (s: Line, u: Line) => boolean): Joined[] =>
  [...scope.rows('sessions')].sort(byColumn('id', true)).flatMap((s) => {
    const u = owner(scope, s)
    return u && isGood(s, u) ? [{ s, u }] : []
  })

const grants = (scope: Scope, isGood: (g: Line, u: Line, s: Line | undefined) => boolean): Joined[] =>
  [...scope.rows('grants')].flatMap((g) => {
    const u = owner(scope, g)
    return u && isGood(g, u, scope.row('sessions', keyOf(g.sid))) ? [{ g, u }] : []
  })

const liveGrant = (scope: Scope, g: Line): boolean => isLive(scope, g, num(scope.row('clients', String(g.client_id))?.cut ?? 0))

/** Lists for people (src/store/postgres/lists.ts). */
export const lists: readonly Known[] = [
  list(/^SELECT u\..* FROM curfew\.users u WHERE u\.sub > /, (scope, [after, most]) =>
    [...scope.rows('users')]
      .filter((u) => String(u.sub) > String(after) && u.deleted === false)
      .sort(byColumn('sub'))
      .slice(0, num(most))
      .map((u) => ({ u })),
  ),
  list(/^SELECT u\..* FROM curfew\.users u WHERE u\.identifier = \$1::text OR/, (scope, [name]) => {
    const all = [...scope.rows('users')]
    const u = all.find(({ identifier }) => identifier === name && name !== null) ?? all.find(({ sub }) => sub === name)
    return u ? [{ u }] : []
  }),
  list(/^SELECT o\..* FROM curfew\.consents o .* WHERE u\.sub = \$1::text ORDER BY o\.at$/, (scope, [sub]) =>
    [...scope.rows('consents')]
      .filter((o) => owner(scope, o)?.sub === sub)
      .sort(byColumn('at'))
      .map((o) => ({ o })),
  ),
  list(/^SELECT s\..* FROM curfew\.sessions s .* AND u\.sub = \$1::text ORDER BY s\.id DESC$/, (scope, [sub]) =>
    sessions(scope, (s, u) => u.sub === sub && isLive(scope, s)),
  ),
  list(/^SELECT g\..* FROM curfew\.grants g .* WHERE g\.offline AND .* u\.sub = \$1::text$/, (scope, [sub]) =>
    grants(scope, (g, u) => g.offline === true && u.sub === sub && liveGrant(scope, g)),
  ),
  list(/^SELECT g\..* FROM curfew\.grants g .* WHERE NOT g\.offline AND .* u\.sub = \$1::text$/, (scope, [sub]) =>
    grants(scope, (g, u, s) => g.offline === false && u.sub === sub && liveGrant(scope, g) && s !== undefined && isLive(scope, s)),
  ),
  list(/^SELECT s\..* FROM curfew\.sessions s .* WHERE s\.sid = \$1::bytea$/, (scope, [sid]) =>
    sessions(scope, (s) => keyOf(s.sid) === keyOf(sid as Cell)),
  ),
  list(/^SELECT g\..* FROM curfew\.grants g .* WHERE g\.gid = \$1::bytea$/, (scope, [gid]) =>
    grants(scope, (g) => keyOf(g.gid) === keyOf(gid as Cell)),
  ),
  list(/^SELECT s\..* FROM curfew\.sessions s .* ORDER BY s\.id DESC LIMIT/, (scope, [most]) =>
    sessions(scope, (s) => isLive(scope, s)).slice(0, num(most)),
  ),
  list(/^SELECT c\..* FROM curfew\.clients c ORDER BY c\.id$/, (scope) =>
    [...scope.rows('clients')].sort(byColumn('id')).map((c) => ({ c })),
  ),
  {
    is: /^SELECT id, secret, .* (?:FROM|LEFT JOIN) curfew\.services (?:ON true )?ORDER BY id$/,
    make(text) {
      const columns = listOf(text).split(', ')
      return (scope) => rowsOf([...scope.rows('services')].sort(byColumn('id')), columns)
    },
  },
  {
    is: /^SELECT seq, sort, what, id, until FROM curfew\.ledger WHERE seq > /,
    make:
      () =>
      (scope, [after, most]) =>
        rowsOf(entriesAfter(scope, num(after)).slice(0, num(most)), ['seq', 'sort', 'what', 'id', 'until']),
  },
  {
    is: /^SELECT \(SELECT count\(\*\) FROM curfew\.users WHERE NOT deleted\)/,
    make: () => (scope) => {
      const users = [...scope.rows('users')].filter(({ deleted }) => deleted === false).length
      const live = grants(scope, (g, _, s) => liveGrant(scope, g) && (g.offline === true || (s !== undefined && isLive(scope, s)))).length
      return { rows: [[users, sessions(scope, (s) => isLive(scope, s)).length, live, [...scope.rows('ledger')].length]], rowCount: 1 }
    },
  },
]

/** What an outer join finds where there is nothing. */
export function orNone(lines: readonly Line[]): readonly Line[] {
  return lines.length > 0 ? lines : [{}]
}

/** Rows as they are, without a join. */
export function rowsOf(lines: readonly Line[], columns: readonly string[]): Result {
  return { rows: lines.map((line) => columns.map((column) => line[column] ?? null)), rowCount: lines.length }
}
