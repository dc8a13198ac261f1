import { allWith, byColumn, found, type Joined, type Known, type Result, type Run, selecting, type Value } from '../statement.ts'
import { type Cell, keyOf, type Line, ONE } from '../tables.ts'
import type { Scope } from '../transaction.ts'
import { tokenEntry } from './loads.ts'

const start =
  /^SELECT floor\(extract\(epoch FROM clock_timestamp\(\)\) \* 1000\)::bigint, l\.head, i\.cut, i\.stale, l\.horizon(?:, (.*?))? FROM \(SELECT l\.head, l\.horizon FROM/

type Query = (scope: Scope, values: readonly Value[]) => readonly Joined[]

/** Each by what its tables are joined on, which nothing else in its text says. */
const queries: readonly (readonly [is: RegExp, query: Query])[] = [
  [/ u\.identifier = \$1/, (scope, [name]) => [{ u: found(scope.rows('users'), 'identifier', name as Cell) }]],
  [
    / u\.mail = \$1/,
    (scope, [mail]) => [{ u: [...scope.rows('users')].find((u) => u.mail === mail && u.mail_verified === true && u.deleted === false) }],
  ],
  [
    / m\.hash = \$1/,
    (scope, [hash]) => {
      const m = found(scope.rows('links'), 'hash', hash as Cell)
      return [m ? { m, u: ownerOf(scope, m) } : {}]
    },
  ],
  [
    / t\.key = ANY\(\$2/,
    (scope, [client, keys]): readonly Joined[] => {
      const c = clientOf(scope, client)
      const those = (keys as readonly Uint8Array[]).flatMap((key) => [scope.row('limits', keyOf(key))]).filter((line) => line !== undefined)
      return those.length === 0 ? [{ c }] : those.map((t) => ({ c, t }))
    },
  ],
  [/ u\.sub = \$1/, (scope, [sub]) => [{ u: scope.row('users', String(sub)) }]],
  [
    / e\.what = 'jti' /,
    (scope, [client, usr, jti, sid, gid]) => {
      const [s, g] = [scope.row('sessions', keyOf(sid as Cell)), scope.row('grants', keyOf(gid as Cell))]
      const u = found(scope.rows('users'), 'usr', usr as Cell)
      return [
        {
          c: clientOf(scope, client),
          u,
          e: tokenEntry(scope.rows('ledger'), jti as Cell),
          s,
          su: ownerOf(scope, s),
          g,
          gu: ownerOf(scope, g),
        },
      ]
    },
  ],
  [
    / k\.hash = \$1/,
    (scope, [hash]) => {
      const k = scope.row('codes', keyOf(hash as Cell))
      return [k ? { k, u: ownerOf(scope, k), c: clientOf(scope, k.client_id), s: scope.row('sessions', keyOf(k.sid)) } : {}]
    },
  ],
  [
    / g\.gid = \$1/,
    (scope, [gid]) => {
      const g = scope.row('grants', keyOf(gid as Cell))
      return [g ? { g, u: ownerOf(scope, g), c: clientOf(scope, g.client_id), s: scope.row('sessions', keyOf(g.sid)) } : {}]
    },
  ],
  [
    / c\.id = \$1::text LEFT JOIN \(curfew\.sessions s JOIN .* s\.cookie = \$2/,
    (scope, [client, cookie]) => {
      const s = found(scope.rows('sessions'), 'cookie', cookie as Cell)
      const both = { c: clientOf(scope, client), s, u: ownerOf(scope, s) }
      const consents = allWith(scope.rows('consents'), 'user_id', both.u?.id).filter(({ client_id }) => client_id === client)
      return consents.length === 0 ? [both] : consents.sort(byColumn('at')).map((o) => ({ ...both, o }))
    },
  ],
  [
    / s\.cookie = \$1/,
    (scope, [cookie]) => {
      const s = found(scope.rows('sessions'), 'cookie', cookie as Cell)
      return [{ s, u: ownerOf(scope, s) }]
    },
  ],
  [/ c\.id = \$1/, (scope, [client]) => [{ c: clientOf(scope, client) }]],
  [/CROSS JOIN curfew\.issuer i $/, () => [{}]],
]

const clientOf = (scope: Scope, id: Value | undefined): Line | undefined => scope.row('clients', String(id))
const ownerOf = (scope: Scope, line: Line | undefined): Line | undefined =>
  line ? found(scope.rows('users'), 'id', line.user_id) : undefined

/** `begin` of the store (src/store/postgres/queries.ts): head, clock and rows in one statement. */
export const begin: readonly Known[] = [
  {
    is: start,
    make(text): Run {
      const list = start.exec(text)?.[1]
      const select = list === undefined ? () => ({ rows: [[]] }) : selecting(list)
      const query = queries.find(([is]) => is.test(`${text} `))?.[1]
      if (!query) throw new Error(`The simulated PostgreSQL does not know what this begins with: ${text}`)
      return (scope, values): Result => {
        const [state, issuer] = [scope.row('ledger_state', ONE)!, scope.row('issuer', ONE)!]
        const first = [scope.now(), state.head!, issuer.cut!, issuer.stale!, state.horizon!]
        const { rows } = select(query(scope, values))
        return { rows: rows.map((row) => [...first, ...row]), rowCount: rows.length }
      }
    },
  },
]
