import { byColumn, counted, type Known, type Result } from '../statement.ts'
import { keyOf, type Line, ONE, type TableName } from '../tables.ts'
import type { Scope, Steps } from '../transaction.ts'
import { orNone, rowsOf } from './lists.ts'

const num = Number

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
    is: /^SELECT id, use, .* (?:FROM|LEFT JOIN) curfew\.keys (?:ON true )?ORDER BY created_at, id$/,
    make: () => (scope) =>
      rowsOf(
        orNone([...scope.rows('keys')].sort((one, other) => byColumn('created_at')(one, other) || byColumn('id')(one, other))),
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

/** Pruning, keys, and the server itself. */
export const rest: readonly Known[] = [...prune, ...keys, ...server]
