import { steps as adapterSteps, type StepName, stepOrder } from '../../../src/store/postgres/steps.ts'
import { allWith, byColumn, counted, found, type Known, type Result, sqlError, unnesting } from '../statement.ts'
import { keyOf, type Line, ONE, type TableName } from '../tables.ts'
import { changed, locked, type Scope, type Steps } from '../transaction.ts'

type Step = (scope: Scope, rows: readonly Line[]) => Steps<number>

/** Changes rows, each under its lock. */
const lines = (change: (line: Line, row: Line) => Line | undefined, table: TableName, key: (row: Line) => string): Step =>
  function* (scope, rows) {
    let count = 0
    for (const row of [...rows].sort((one, other) => (key(one) < key(other) ? -1 : 1))) {
      if (yield* changed(scope, table, key(row), (line) => change(line, row))) count++
    }
    return count
  }

/** Locks rows, and says for how many of those that are given there is one. */
const locks = (table: TableName, key: (row: Line) => string, is: (line: Line, row: Line) => boolean = () => true): Step =>
  function* (scope, rows) {
    let count = 0
    for (const row of [...rows].sort((one, other) => (key(one) < key(other) ? -1 : 1))) {
      const before = scope.row(table, key(row))
      if (!before || !is(before, row)) continue
      const line = yield* locked(scope, table, key(row))
      if (line && is(line, row)) count++
    }
    return count
  }

/** The same, each row once (`IN`). */
const locksOnce = (table: TableName, key: (row: Line) => string, is: (line: Line) => boolean): Step => {
  const each = locks(table, key, is)
  return (scope, rows) => each(scope, [...new Map(rows.map((row) => [key(row), row])).values()])
}

/** A unique index: whoever comes second waits for the first one's transaction, and then fails. */
export function* unique(table: TableName, index: string, value: string, isTaken: () => boolean): Steps<void> {
  yield { key: `${table}_${index} ${value}`, mode: 'exclusive' }
  if (isTaken()) throw sqlError('23505', `duplicate key value violates unique constraint "${table}_${index}"`)
}

const isThere = (scope: Scope, table: TableName, column: string, value: Line[string] | undefined): boolean =>
  found(scope.latestRows(table), column, value) !== undefined

/** Its user must be there under both names, and its client (steps.ts: birth). */
const births = (table: TableName, name: string, key: (row: Line) => string): Step =>
  function* (scope, rows) {
    let count = 0
    for (const { sub, usr, ...row } of rows) {
      const user = scope.row('users', String(sub))
      if (!user || keyOf(user.usr) !== keyOf(usr) || !scope.row('clients', String(row.client_id))) continue
      yield* unique(table, name, key(row), () => scope.latest(table, key(row)) !== undefined)
      if (row.cookie instanceof Uint8Array)
        yield* unique(table, 'cookie', keyOf(row.cookie), () => isThere(scope, table, 'cookie', row.cookie))
      const more = table === 'codes' ? { gid: null } : { id: scope.next(), ended_seq: null, ended_at: null, ended_why: null }
      scope.put(table, key(row), { ...row, user_id: user.id!, ...more })
      count++
    }
    return count
  }

const sid = (row: Line): string => keyOf(row.sid)
const gid = (row: Line): string => keyOf(row.gid)
const hash = (row: Line): string => keyOf(row.hash)
const id = (row: Line): string => String(row.id)
const sub = (row: Line): string => String(row.sub)
const isOpen = (line: Line): boolean => line.ended_seq === null

/** Columns that are given, over those that are there. */
const given = (line: Line, { ...to }: Line): Line => ({
  ...line,
  ...Object.fromEntries(Object.entries(to).filter(([, value]) => value !== null)),
})

const byName: Partial<Record<StepName, Step>> = {
  lockIssuer: locks('issuer', () => ONE),
  putClient: puts('clients', id, { cut: 0, stale: 0 }),
  lockClient: locks('clients', id),
  putService: puts('services', id, {}),
  *removeService(scope, rows) {
    for (const row of rows) if (yield* locked(scope, 'services', id(row))) scope.remove('services', id(row))
    return rows.length
  },
  *addUser(scope, rows) {
    for (const row of [...rows].sort(byColumn('sub'))) {
      yield* unique('users', 'sub_key', sub(row), () => scope.latest('users', sub(row)) !== undefined)
      if (row.identifier !== null)
        yield* unique('users', 'identifier', String(row.identifier), () => isThere(scope, 'users', 'identifier', row.identifier))
      yield* uniqueMail(scope, row)
      scope.put('users', sub(row), { ...row, id: scope.next(), deleted: false, cut: 0, stale: 0 })
    }
    return rows.length
  },
  *changeUser(scope, rows) {
    let count = 0
    for (const row of rows) {
      const line = yield* locked(scope, 'users', sub(row))
      if (!line) continue
      yield* uniqueMail(scope, given(line, row))
      scope.put('users', sub(row), given(line, row))
      count++
    }
    return count
  },
  *removeUser(scope, rows) {
    const removed: Line[] = []
    const nothing = {
      identifier: null,
      password: null,
      name: null,
      roles: null,
      scopes: null,
      claims: null,
      mail: null,
      mail_verified: false,
    }
    for (const row of rows) {
      yield* changed(scope, 'users', sub(row), (line) => {
        if (line.deleted === true) return undefined
        removed.push(line)
        return { ...line, ...nothing, deleted: true }
      })
    }
    for (const { id: owner } of removed) {
      for (const one of allWith(scope.rows('consents'), 'user_id', owner)) scope.remove('consents', consentKey(one))
      for (const one of allWith(scope.rows('links'), 'user_id', owner)) scope.remove('links', linkKey(one))
      for (const one of allWith(scope.rows('sessions'), 'user_id', owner))
        if (isOpen(one)) yield* changed(scope, 'sessions', sid(one), (line) => ({ ...line, device: null, address: null }))
      for (const one of allWith(scope.rows('grants'), 'user_id', owner))
        if (isOpen(one) && one.offline === true) yield* changed(scope, 'grants', gid(one), (line) => ({ ...line, device: null }))
    }
    return removed.length
  },
  lockUser: locks('users', sub, (line, row) => keyOf(line.usr) === keyOf(row.usr)),
  issueCode: births('codes', 'pkey', hash),
  redeem: lines((line, row) => (line.gid === null ? { ...line, gid: row.gid! } : undefined), 'codes', hash),
  lockGrant: locksOnce('grants', gid, isOpen),
  openGrant: births('grants', 'gid_key', gid),
  rotate: lines(
    (line, { generation, at, idle_expires_at }) =>
      given(line, { generation: generation!, rotated_at: at!, last_used_at: at!, idle_expires_at: idle_expires_at! }),
    'grants',
    gid,
  ),
  reauthenticateGrant: lines(given, 'grants', gid),
  lockSession: locksOnce('sessions', sid, isOpen),
  openSession: births('sessions', 'sid_key', sid),
  touchSession: lines(given, 'sessions', sid),
  reauthenticate: lines(given, 'sessions', sid),
  *consent(scope, rows) {
    let count = 0
    for (const { sub: owner, ...row } of rows) {
      const user = scope.row('users', String(owner))
      if (!user) continue
      const line: Line = { ...row, user_id: user.id! }
      yield* locked(scope, 'consents', consentKey(line))
      scope.put('consents', consentKey(line), line)
      count++
    }
    return count
  },
  *withdraw(scope, rows) {
    const isMeant = (one: Line) =>
      rows.some((row) => row.client_id === one.client_id && scope.row('users', String(row.sub))?.id === one.user_id)
    const those = [...scope.rows('consents')].filter(isMeant)
    for (const one of those) scope.remove('consents', consentKey(one))
    return those.length
  },
  *mailLink(scope, rows) {
    let count = 0
    for (const { sub: owner, ...row } of rows) {
      const user = scope.row('users', String(owner))
      if (!user) continue
      const line: Line = { ...row, user_id: user.id! }
      yield* locked(scope, 'links', linkKey(line))
      scope.put('links', linkKey(line), line)
      count++
    }
    return count
  },
  *useLink(scope, rows) {
    let count = 0
    for (const row of rows) {
      const before = found(scope.rows('links'), 'hash', row.hash)
      const line = before && (yield* locked(scope, 'links', linkKey(before)))
      if (!line || keyOf(line.hash) !== keyOf(row.hash)) continue
      scope.remove('links', linkKey(line))
      count++
    }
    return count
  },
  *throttle(scope, rows) {
    for (const row of [...rows].sort(byColumn('key'))) {
      yield* locked(scope, 'limits', keyOf(row.key))
      scope.put('limits', keyOf(row.key), row)
    }
    return rows.length
  },
  *giveBack(scope, rows) {
    let count = 0
    for (const row of [...rows].sort(byColumn('key')))
      if (yield* changed(scope, 'limits', keyOf(row.key), (line) => ({ ...line, tat: Number(line.tat) - Number(row.tat) }))) count++
    return count
  },
  lockKey: locksOnce('keys', id, (line) => line.ended_at === null),
}

/** Makes the row, or takes over what is given. */
function puts(table: TableName, key: (row: Line) => string, first: Line): Step {
  return function* (scope, rows) {
    for (const row of [...rows].sort(byColumn('id'))) {
      const before = yield* locked(scope, table, key(row))
      scope.put(table, key(row), { ...(before ?? first), ...row })
    }
    return rows.length
  }
}

/** A verified address is one user's only. */
function* uniqueMail(scope: Scope, line: Line): Steps<void> {
  if (line.mail === null || line.mail === undefined || line.mail_verified !== true) return
  yield* unique('users', 'mail', String(line.mail), () =>
    [...scope.latestRows('users')].some(
      (one) => one.mail === line.mail && one.mail_verified === true && one.deleted === false && one.sub !== line.sub,
    ),
  )
}

const linkKey = ({ user_id, purpose }: Line): string => `${user_id} ${purpose}`
const consentKey = ({ user_id, client_id, audience, redirect_host }: Line): string =>
  [user_id, client_id, audience, redirect_host].join(' ')

/** What a batch leaves behind (src/store/postgres/steps.ts), each known by the very text that the adapter sends. */
export const steps: readonly Known[] = stepOrder.flatMap((name) => {
  const step = byName[name]
  if (!step) return []
  const text = adapterSteps[name].statement([]).text.replace(/\s+/g, ' ').trim()
  return {
    is: { test: (sent: string) => sent === text },
    make(sent: string) {
      const rowsOf = unnesting(sent)
      return function* (scope: Scope, values: Parameters<typeof rowsOf>[0]): Steps<Result> {
        return counted(yield* step(scope, rowsOf(values)))
      }
    },
  }
})
