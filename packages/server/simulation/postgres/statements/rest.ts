import { byColumn, counted, type Joined, type Known, listOf, type Result, selecting, type Value } from '../statement.ts'
import { type Cell, keyOf, type Line, ONE, type TableName } from '../tables.ts'
import type { Scope, Steps } from '../transaction.ts'
import { entriesAfter } from './state.ts'

const owner = (scope: Scope, line: Line): Line | undefined => [...scope.rows('users')].find(({ id }) => id === line.user_id)
const num = Number

function isLive(scope: Scope, line: Line, clientCut = 0): boolean {
  const now = scope.now()
  const cut = Math.max(num(owner(scope, line)?.cut), num(scope.row('issuer', ONE)!.cut), clientCut)
  return line.ended_seq === null && num(line.idle_expires_at) > now && num(line.expires_at) > now && num(line.pos) >= cut
}

/** A list for people (src/store/postgres/lists.ts): what is joined, and which of it is shown. */
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

const lists: readonly Known[] = [
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
    is: /^SELECT id, secret, .* FROM curfew\.services ORDER BY id$/,
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

/** Pruning (src/store/postgres/prune.ts): rows that somebody is at are not waited for; here they are left out by a lock that is not asked for. */
function bite(
  is: RegExp,
  table: TableName,
  key: (line: Line) => string,
  isDead: (scope: Scope, line: Line, until: number) => boolean,
): Known {
  return {
    is,
    make:
      () =>
      (scope, [until, most]) => {
        const dead = [...scope.rows(table)].filter((line) => isDead(scope, line, num(until))).slice(0, num(most ?? Number.MAX_SAFE_INTEGER))
        for (const line of dead) scope.remove(table, key(line))
        return counted(dead.length)
      },
  }
}

const idle = (line: Line, until: number) => num(line.idle_expires_at) <= until
const ended = (line: Line, until: number) => line.ended_at !== null && num(line.ended_at) <= until
const underOf = (scope: Scope, g: Line): Line | undefined => (g.offline === false ? scope.row('sessions', keyOf(g.sid)) : undefined)
const isBare = (scope: Scope, s: Line): boolean =>
  ![...scope.rows('grants')].some((g) => g.offline === false && keyOf(g.sid) === keyOf(s.sid))
const [sid, gid] = [(line: Line) => keyOf(line.sid), (line: Line) => keyOf(line.gid)]

const prune: readonly Known[] = [
  {
    is: /^SELECT floor\(extract\(epoch FROM clock_timestamp\(\)\) \* 1000\)::bigint, l\.horizon, l\.max_ttl FROM/,
    make: () => (scope) => {
      const { horizon, max_ttl } = scope.row('ledger_state', ONE)!
      return { rows: [[scope.now(), horizon!, max_ttl!]], rowCount: 1 }
    },
  },
  bite(
    /^DELETE FROM curfew\.grants WHERE id IN .* JOIN curfew\.grants g ON g\.sid = x\.sid .* WHERE x\.idle/,
    'grants',
    gid,
    (scope, g, until) => {
      const s = underOf(scope, g)
      return s !== undefined && idle(s, until)
    },
  ),
  bite(
    /^DELETE FROM curfew\.grants WHERE id IN .* JOIN curfew\.grants g ON g\.sid = x\.sid .* WHERE x\.ended_at/,
    'grants',
    gid,
    (scope, g, until) => {
      const s = underOf(scope, g)
      return s !== undefined && ended(s, until)
    },
  ),
  bite(
    /^DELETE FROM curfew\.sessions WHERE id IN .* WHERE x\.idle/,
    'sessions',
    sid,
    (scope, s, until) => idle(s, until) && isBare(scope, s),
  ),
  bite(
    /^DELETE FROM curfew\.sessions WHERE id IN .* WHERE x\.ended_at/,
    'sessions',
    sid,
    (scope, s, until) => ended(s, until) && isBare(scope, s),
  ),
  bite(
    /^DELETE FROM curfew\.grants WHERE id IN .* x\.offline AND x\.idle/,
    'grants',
    gid,
    (_, g, until) => g.offline === true && idle(g, until),
  ),
  bite(
    /^DELETE FROM curfew\.grants WHERE id IN .* x\.offline AND x\.ended_at/,
    'grants',
    gid,
    (_, g, until) => g.offline === true && ended(g, until),
  ),
  bite(
    /^DELETE FROM curfew\.codes /,
    'codes',
    (line) => keyOf(line.hash),
    (_, k, until) => num(k.expires_at) <= until,
  ),
  bite(
    /^DELETE FROM curfew\.ledger WHERE seq IN /,
    'ledger',
    (line) => String(line.seq),
    (_, e, until) => num(e.until) <= until,
  ),
  bite(
    /^DELETE FROM curfew\.receipts /,
    'receipts',
    (line) => String(line.id),
    (_, r, until) => num(r.until) <= until,
  ),
  bite(
    /^DELETE FROM curfew\.links /,
    'links',
    (m) => `${m.user_id} ${m.purpose}`,
    (_, m, until) => num(m.expires_at) <= until,
  ),
  bite(
    /^DELETE FROM curfew\.limits /,
    'limits',
    (t) => keyOf(t.key),
    (_, t, until) => Math.floor(num(t.tat) / 3_600_000) < Math.floor(until / 3_600_000),
  ),
  {
    is: /^DELETE FROM curfew\.verifiers_past WHERE at <= /,
    make: () => () => counted(0),
  },
]

const keyColumns = ['id', 'use', 'algorithm', 'public_jwk', 'sealed', 'created_at', 'ended_at']

const keys: readonly Known[] = [
  {
    is: /^SELECT id, use, .* FROM curfew\.keys ORDER BY created_at, id$/,
    make: () => (scope) =>
      rowsOf(
        [...scope.rows('keys')].sort((one, other) => byColumn('created_at')(one, other) || byColumn('id')(one, other)),
        keyColumns,
      ),
  },
  {
    is: /^SELECT id, use, .* FROM curfew\.keys WHERE id = /,
    make:
      () =>
      (scope, [id]) => {
        const line = scope.latest('keys', String(id))
        return rowsOf(line ? [line] : [], keyColumns)
      },
  },
  {
    is: /^INSERT INTO curfew\.keys /,
    make:
      () =>
      (scope, [id, use, algorithm, jwk, sealed, created, ended]) => {
        if (scope.latest('keys', String(id))) return counted(0)
        const alike = [...scope.rows('keys')].filter((line) => line.use === use && line.algorithm === algorithm)
        const line = {
          id,
          use,
          algorithm,
          public_jwk: jwk,
          sealed,
          ended_at: ended,
          created_at: alike.reduce((most, one) => Math.max(most, num(one.created_at) + 1), num(created)),
        }
        scope.put('keys', String(id), line as Line)
        return counted(1)
      },
  },
  {
    is: /^SELECT k\.id FROM curfew\.keys k WHERE k\.use = 'sign' AND k\.ended_at IS NULL ORDER BY k\.id$/,
    make: () => (scope) =>
      rowsOf([...scope.rows('keys')].filter((line) => line.use === 'sign' && line.ended_at === null).sort(byColumn('id')), ['id']),
  },
  {
    // Against whoever else locks the table so; its rows have locks of their own.
    is: /^LOCK TABLE .* IN SHARE ROW EXCLUSIVE MODE$/,
    make: () =>
      function* (scope): Steps<Result> {
        yield { key: 'table', mode: 'exclusive' }
        void scope
        return counted(0)
      },
  },
]

/** What else the adapter asks for: who the server is, whether it hears, whether the tables are there. */
const server: readonly Known[] = [
  { is: /^(?:UN)?LISTEN curfew$/, make: () => () => counted(0) },
  {
    is: /^SELECT pg_notify\('curfew', \$1::text\)$/,
    make:
      () =>
      (scope, [payload]) => {
        scope.notify(String(payload))
        return { rows: [[null]], rowCount: 1 }
      },
  },
  { is: /^SELECT 1$/, make: () => () => ({ rows: [[1]], rowCount: 1 }) },
  {
    is: /^SELECT current_setting\('server_version_num'\)/,
    make: () => () => ({ rows: [[170_000, 'UTF8', false, true, true]], rowCount: 1 }),
  },
  {
    is: /^SELECT coalesce\(max\(version\), 0\), coalesce\(max\(oldest\), 0\) FROM curfew\.schema_version$/,
    make: () => () => ({ rows: [[0, 0]], rowCount: 1 }),
  },
]

export const rest: readonly Known[] = [...lists, ...prune, ...keys, ...server]

function rowsOf(lines: readonly Line[], columns: readonly string[]): Result {
  return { rows: lines.map((line) => columns.map((column) => line[column] ?? null)), rowCount: lines.length }
}
