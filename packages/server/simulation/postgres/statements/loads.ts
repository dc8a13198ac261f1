import { allWith, byColumn, found, type Joined, type Known, listOf, type Result, selecting, unnesting } from '../statement.ts'
import { type Cell, keyOf, type Line, ONE, type TableName } from '../tables.ts'
import { locked, type Scope, type Steps } from '../transaction.ts'
import { granted } from './granted.ts'
import { type Locking, locking } from './locking.ts'

/** Of each that is asked for one at most, by its key. */
function lockingOne(
  is: RegExp,
  table: TableName,
  alias: string,
  order: string,
  find: (scope: Scope, asked: Line) => string | undefined,
  join?: Locking['join'],
): Known {
  const keys: Locking['find'] = (scope, asked) => {
    const key = find(scope, asked)
    return key === undefined ? [] : [key]
  }
  return locking({ is, table, alias, order, find: keys, ...(join && { join }) })
}

/** Rows that are locked and not read. */
function lockingOnly(
  is: RegExp,
  table: TableName,
  mode: 'exclusive' | 'shared',
  find: (scope: Scope, value: Cell) => Iterable<string>,
): Known {
  return {
    is,
    make: () =>
      function* (scope, [values]): Steps<Result> {
        const keys = new Set((values as readonly Cell[]).flatMap((value) => [...find(scope, value)]))
        for (const key of [...keys].sort()) yield* locked(scope, table, key, mode)
        return { rows: [], rowCount: keys.size }
      },
  }
}

/** A load that locks nothing. */
function reading(is: RegExp, join: (scope: Scope, asked: Line) => readonly Joined[], special = {}): Known {
  return {
    is,
    make(text) {
      const [select, rowsOf] = [selecting(listOf(text), special), unnesting(text)]
      return (scope, values) => select(rowsOf(values).flatMap((asked) => join(scope, asked).map((row) => ({ q: asked, ...row }))))
    },
  }
}

/** What a user owns that has not ended; locked in the order of its name. */
function owned(is: RegExp, table: TableName, alias: string, name: string, isOffline: boolean): Known {
  return {
    is,
    make(text) {
      const select = selecting(listOf(text))
      return function* (scope, [subs]): Steps<Result> {
        const rows: Joined[] = []
        for (const sub of subs as readonly Cell[]) {
          const u = scope.row('users', String(sub))
          if (!u) continue
          const those = allWith(scope.rows(table), 'user_id', u.id).filter((line) => isOpen(line) && (!isOffline || line.offline === true))
          for (const { [name]: id } of those.sort(byColumn(name))) {
            const line = yield* locked(scope, table, keyOf(id))
            if (line && isOpen(line)) rows.push({ u, [alias]: line, c: clientOf(scope, line) })
          }
        }
        return select(rows)
      }
    },
  }
}

const isOpen = (line: Line): boolean => line.ended_seq === null || line.ended_seq === undefined
const byId = (scope: Scope, line: Line | undefined) => found(scope.rows('users'), 'id', line?.user_id)
const clientOf = (scope: Scope, line: Line) => scope.row('clients', String(line.client_id))
const sessionOf = (scope: Scope, line: Line) => scope.row('sessions', keyOf(line.sid))

/** The loads of updates (src/store/postgres/*-loads.ts). */
export const loads: readonly Known[] = [
  lockingOne(
    /^SELECT q\.nth, g\.gid.* JOIN curfew\.grants g ON g\.gid = q\.gid .* OF g$/,
    'grants',
    'g',
    'gid',
    (_, { gid }) => keyOf(gid),
    (scope, g) => ({
      ...{ u: byId(scope, g), c: clientOf(scope, g), s: sessionOf(scope, g) },
    }),
  ),
  lockingOnly(/^SELECT FROM curfew\.codes k JOIN curfew\.users u .* FOR SHARE OF u$/, 'users', 'shared', (scope, hash) => {
    const owner = byId(scope, scope.row('codes', keyOf(hash)))
    return owner ? [String(owner.sub)] : []
  }),
  lockingOnly(/^SELECT FROM curfew\.codes k WHERE/, 'codes', 'exclusive', (scope, hash) =>
    scope.row('codes', keyOf(hash)) ? [keyOf(hash)] : [],
  ),
  reading(/^SELECT q\.nth, k\.hash.* JOIN curfew\.codes k ON k\.hash = q\.hash/, (scope, { hash }) => {
    const k = scope.row('codes', keyOf(hash))
    if (!k) return []
    const o = allWith(scope.rows('consents'), 'user_id', k.user_id).find((p) => p.client_id === k.client_id && p.audience === k.audience)
    return [{ k, u: byId(scope, k), c: clientOf(scope, k), s: sessionOf(scope, k), g: scope.row('grants', keyOf(k.gid)), o }]
  }),
  reading(/^SELECT q\.nth, c\.cut, g\.id,.* AND g\.client_id = k\.client_id$/, (scope, { hash }) => {
    const k = scope.row('codes', keyOf(hash))
    const those = allWith(scope.rows('grants'), 'user_id', k?.user_id).filter((g) => isOpen(g) && g.offline === true)
    return those.flatMap((g) => (g.client_id === k?.client_id ? [{ k, g, c: clientOf(scope, g) }] : []))
  }),
  reading(/^SELECT q\.nth, e\.seq FROM unnest.* e\.what = 'jti'/, (scope, { jti }) => {
    const e = tokenEntry(scope.rows('ledger'), jti)
    return e ? [{ e }] : []
  }),
  lockingOne(/^SELECT q\.nth, u\.sub.* u\.identifier = q\.identifier ORDER BY u\.id FOR/, 'users', 'u', 'id', (scope, { identifier }) =>
    subOf(found(scope.rows('users'), 'identifier', identifier)),
  ),
  lockingOne(/^SELECT q\.nth, u\.sub.* u\.sub = q\.sub ORDER BY u\.id FOR/, 'users', 'u', 'id', (_, { sub }) => String(sub)),
  granted,
  owned(/^SELECT u\.sub, c\.cut, g\.id,.* g\.offline AND g\.ended_seq IS NULL ORDER BY g\.gid FOR/, 'grants', 'g', 'gid', true),
  owned(/^SELECT u\.sub, 0, s\.id,.* s\.ended_seq IS NULL ORDER BY s\.sid FOR/, 'sessions', 's', 'sid', false),
  reading(/^SELECT q\.nth, c\.id,[^;]* AS q\(id, nth\) JOIN curfew\.clients c ON c\.id = q\.id$/, (scope, { id }) => {
    const c = scope.row('clients', String(id))
    return c ? [{ c }] : []
  }),
  reading(
    /^SELECT q\.nth, m\.hash.* JOIN curfew\.links m ON m\.hash = q\.hash JOIN curfew\.users u ON u\.id = m\.user_id AND u\.sub = q\.sub$/,
    (scope, { hash, sub }) => {
      const m = found(scope.rows('links'), 'hash', hash)
      return m && byId(scope, m)?.sub === sub ? [{ m }] : []
    },
  ),
  {
    is: /^INSERT INTO curfew\.limits AS t \(key, tat\) SELECT q\.key, 0 FROM unnest.* RETURNING t\.key, t\.tat$/,
    make: () =>
      function* (scope, [keys]): Steps<Result> {
        const rows: Cell[][] = []
        for (const key of [...(keys as readonly Uint8Array[])].sort(Buffer.compare)) {
          const line = (yield* locked(scope, 'limits', keyOf(key))) ?? { key, tat: 0 }
          scope.put('limits', keyOf(key), line)
          rows.push([key, line.tat!])
        }
        return { rows, rowCount: rows.length }
      },
  },
  lockingOne(
    /^SELECT q\.nth, s\.sid.* s\.sid = q\.sid .* OF s$/,
    'sessions',
    's',
    'sid',
    (_, { sid }) => keyOf(sid),
    (scope, s, { client }) => ({
      u: byId(scope, s),
      c: scope.row('clients', String(client ?? s.client_id)),
    }),
  ),
  reading(/^SELECT q\.nth, c\.cut, g\.id,.* WHERE g\.offline AND g\.ended_seq IS NULL$/, (scope, { sid }) => {
    const s = scope.row('sessions', keyOf(sid))
    const those = allWith(scope.rows('grants'), 'user_id', s?.user_id).filter((g) => isOpen(g) && g.offline === true)
    return those.map((g) => ({ s, g, c: clientOf(scope, g) }))
  }),
  lockingOnly(/^SELECT FROM curfew\.sessions s WHERE s\.cookie/, 'sessions', 'exclusive', (scope, cookie) =>
    allWith(scope.rows('sessions'), 'cookie', cookie).map(({ sid }) => keyOf(sid)),
  ),
  reading(/^SELECT q\.nth, s\.sid.* s\.cookie = q\.cookie /, (scope, { cookie, client, audience }) => {
    const s = found(scope.rows('sessions'), 'cookie', cookie)
    if (!s) return []
    const those = allWith(scope.rows('grants'), 'sid', s.sid)
      .filter((g) => g.client_id === client && g.audience === audience && g.offline === false)
      .sort((one, other) => Number(isOpen(other)) - Number(isOpen(one)) || byColumn('id', true)(one, other))
    return [{ s, u: byId(scope, s), c: scope.row('clients', String(client)), g: those[0] }]
  }),
  lockingOne(/^SELECT q\.nth, c\.id,.* JOIN curfew\.clients c ON c\.id = q\.id ORDER BY c\.id FOR/, 'clients', 'c', 'id', (_, { id }) =>
    String(id),
  ),
  lockingOnly(/^SELECT FROM curfew\.services s/, 'services', 'exclusive', (scope, id) =>
    scope.row('services', String(id)) ? [String(id)] : [],
  ),
  {
    is: /^SELECT q\.nth, q\.id = s\.id,.* JOIN curfew\.services o/,
    make(text) {
      const [select, rowsOf] = [selecting(listOf(text), { 'q.id = s.id': ({ q, s }) => q?.id === s?.id }), unnesting(text)]
      return (scope, values) =>
        select(
          rowsOf(values).flatMap((q) => {
            const own = scope.row('services', String(q.id))
            return allWith(scope.rows('services'), 'audience', own?.audience)
              .sort(byColumn('id'))
              .map((s) => ({ q, s }))
          }),
        )
    },
  },
  {
    is: /^SELECT i\.cut, i\.stale FROM curfew\.issuer i WHERE i\.one FOR/,
    make: (text) =>
      function* (scope): Steps<Result> {
        return selecting(listOf(text))([{ i: yield* locked(scope, 'issuer', ONE) }])
      },
  },
]

/** The entry that named an access token. */
export function tokenEntry(ledger: Iterable<Line>, jti: Cell | undefined): Line | undefined {
  const name = keyOf(jti)
  for (const line of ledger) if (line.what === 'jti' && keyOf(line.id) === name) return line
  return undefined
}

const subOf = (user: Line | undefined): string | undefined => (user ? String(user.sub) : undefined)
