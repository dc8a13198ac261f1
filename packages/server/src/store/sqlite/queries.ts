import type { Hash } from '../../domain/names.ts'
import type { At } from '../../domain/position.ts'
import { soughtHash, soughtId } from '../blob.ts'
import { consentAt, consentColumns, sessionAt, sessionColumns, sessionWidth, userAt, userColumns } from '../rows.ts'
import type { Issuer, Query, Rows } from '../store.ts'
import type { ByName } from './by-name.ts'
import { type Database, prepareReader } from './database.ts'
import type { LedgerState } from './ledger-state.ts'
import type { Loads } from './loads.ts'

/** Each query of `begin` by its name. Where rows are those of a load, the load reads them. */
export type Queries = { [K in Query['kind']]: (query: Extract<Query, { kind: K }>, at: At, state: LedgerState) => Rows[K] }

/** Prepares the queries. */
export function prepareQueries(database: Database, loads: Loads, byName: ByName): Queries {
  const userByName = prepareReader(database, `SELECT ${userColumns} FROM users u WHERE u.usr = ?`)
  const browser = prepareReader(
    database,
    `SELECT ${sessionColumns}, ${userColumns} FROM sessions s JOIN users u ON u.id = s.user WHERE s.cookie = ?`,
  )
  const consents = prepareReader(
    database,
    `SELECT ${consentColumns} FROM users u JOIN consents o ON o.user = u.id WHERE u.sub = ? AND o.client_id = ? ORDER BY o.at`,
  )

  const marksOf = ({ cut, stale }: LedgerState): Issuer => ({ cut, stale })
  const browserOf = (cookie: Hash | undefined) => {
    const row = cookie === undefined ? undefined : browser.get(soughtHash(cookie))
    if (!row) return undefined
    const owner = userAt(row, sessionWidth)!
    return { session: sessionAt(row, 0, owner)!, user: owner }
  }

  return {
    head: () => undefined,
    identifier: (query, at, state) => loads.identifier(query, at, marksOf(state)).user,
    user: ({ sub }) => byName.user(sub),
    mail: ({ mail }) => byName.mail(mail),
    link({ hash }, _at, state) {
      const found = byName.link(hash)
      return found && { ...found, issuer: marksOf(state) }
    },
    grant: (query, at, state) => loads.grant(query, at, marksOf(state)),
    client: ({ id, limits = [] }, at, state) => ({
      client: byName.client(id),
      issuer: marksOf(state),
      arrivals: loads.limits({ kind: 'limits', keys: limits }, at, marksOf(state)),
    }),
    browser({ cookie }, _at, state) {
      const found = browserOf(cookie)
      return found && { ...found, issuer: marksOf(state) }
    },
    authorization({ clientId, cookie }, _at, state) {
      const found = browserOf(cookie)
      return {
        client: byName.client(clientId),
        browser: found,
        consents: found ? consents.all(found.user.sub, clientId).map(consentAt) : [],
        issuer: marksOf(state),
      }
    },
    token(query, at, state) {
      const userRow = query.usr === undefined ? undefined : userByName.get(soughtId(query.usr))
      return {
        session: query.sid === undefined ? undefined : byName.session(query.sid),
        grant: query.gid === undefined ? undefined : byName.grant(query.gid),
        user: userRow && userAt(userRow, 0),
        client: byName.client(query.clientId),
        issuer: marksOf(state),
        endedSeq: loads.token({ kind: 'token', jti: query.jti }, at, marksOf(state)).endedSeq,
        horizon: state.horizon,
      }
    },
    code(query, at, state) {
      const held = loads.code(query, at, marksOf(state))
      return held && { code: held.code, client: held.client, user: held.user, session: held.session }
    },
  }
}
