import type { ClientId, Hash } from '../../domain/names.ts'
import type { At } from '../../domain/position.ts'
import { soughtHash, soughtId } from '../blob.ts'
import {
  clientAt,
  clientColumns,
  consentAt,
  consentColumns,
  grantAt,
  grantColumns,
  grantWidth,
  sessionAt,
  sessionColumns,
  sessionWidth,
  userAt,
  userColumns,
} from '../rows.ts'
import type { Issuer, Query, Rows } from '../store.ts'
import { type Database, prepareReader } from './database.ts'
import type { LedgerState } from './ledger-state.ts'
import type { Loads } from './loads.ts'

/** Each query of `begin` by its name. Where rows are those of a load, the load reads them. */
export type Queries = { [K in Query['kind']]: (query: Extract<Query, { kind: K }>, at: At, state: LedgerState) => Rows[K] }

/** Prepares the queries. */
export function prepareQueries(database: Database, loads: Loads): Queries {
  const user = prepareReader(database, `SELECT ${userColumns} FROM users u WHERE u.sub = ?`)
  const userByName = prepareReader(database, `SELECT ${userColumns} FROM users u WHERE u.usr = ?`)
  const client = prepareReader(database, `SELECT ${clientColumns} FROM clients c WHERE c.id = ?`)
  const browser = prepareReader(
    database,
    `SELECT ${sessionColumns}, ${userColumns} FROM sessions s JOIN users u ON u.id = s.user WHERE s.cookie = ?`,
  )
  const session = prepareReader(
    database,
    `SELECT ${sessionColumns}, ${userColumns} FROM sessions s JOIN users u ON u.id = s.user WHERE s.sid = ?`,
  )
  const grant = prepareReader(
    database,
    `SELECT ${grantColumns}, ${userColumns} FROM grants g JOIN users u ON u.id = g.user WHERE g.gid = ?`,
  )
  const consents = prepareReader(
    database,
    `SELECT ${consentColumns} FROM users u JOIN consents o ON o.user = u.id WHERE u.sub = ? AND o.client_id = ? ORDER BY o.at`,
  )

  const marksOf = ({ cut, stale }: LedgerState): Issuer => ({ cut, stale })
  const clientOf = (id: ClientId) => clientAt(client.get(id) ?? [], 0)
  const browserOf = (cookie: Hash | undefined) => {
    const row = cookie === undefined ? undefined : browser.get(soughtHash(cookie))
    if (!row) return undefined
    const owner = userAt(row, sessionWidth)!
    return { session: sessionAt(row, 0, owner)!, user: owner }
  }

  return {
    head: () => undefined,
    identifier: (query, at, state) => loads.identifier(query, at, marksOf(state)).user,
    user: ({ sub }) => userAt(user.get(sub) ?? [], 0),
    grant: (query, at, state) => loads.grant(query, at, marksOf(state)),
    client: ({ id }, _at, state) => ({ client: clientOf(id), issuer: marksOf(state) }),
    browser({ cookie }, _at, state) {
      const found = browserOf(cookie)
      return found && { ...found, issuer: marksOf(state) }
    },
    authorization({ clientId, cookie }, _at, state) {
      const found = browserOf(cookie)
      return {
        client: clientOf(clientId),
        browser: found,
        consents: found ? consents.all(found.user.sub, clientId).map(consentAt) : [],
        issuer: marksOf(state),
      }
    },
    token(query, at, state) {
      const sessionRow = query.sid === undefined ? undefined : session.get(soughtId(query.sid))
      const grantRow = query.gid === undefined ? undefined : grant.get(soughtId(query.gid))
      const userRow = query.usr === undefined ? undefined : userByName.get(soughtId(query.usr))
      return {
        session: sessionRow && sessionAt(sessionRow, 0, userAt(sessionRow, sessionWidth)!),
        grant: grantRow && grantAt(grantRow, 0, userAt(grantRow, grantWidth)!),
        user: userRow && userAt(userRow, 0),
        client: clientOf(query.clientId),
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
