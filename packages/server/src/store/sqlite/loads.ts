import type { ClientId } from '../../domain/names.ts'
import type { At } from '../../domain/position.ts'
import { soughtHash, soughtId } from '../blob.ts'
import {
  clientAt,
  clientColumns,
  clientWidth,
  codeAt,
  codeColumns,
  codeWidth,
  grantAt,
  grantColumns,
  grantWidth,
  serviceAt,
  serviceColumns,
  sessionAt,
  sessionColumns,
  sessionWidth,
  userAt,
  userColumns,
  userWidth,
} from '../rows.ts'
import type { Held, Issuer, Load } from '../store.ts'
import type { ByName } from './by-name.ts'
import { type Database, prepareReader } from './database.ts'
import { prepareArrivals } from './limits.ts'
import type { LiveReader } from './live.ts'

/** Each load by its name. The transaction holds the whole file, so that nothing needs to be locked by itself. */
export type Loads = { [K in Load['kind']]: (load: Extract<Load, { kind: K }>, at: At, issuer: Issuer) => Held[K] }

/** Prepares the loads. */
export function prepareLoads(database: Database, byName: ByName, live: LiveReader): Loads {
  const session = prepareReader(
    database,
    `SELECT ${sessionColumns}, ${userColumns}, ${clientColumns}
     FROM sessions s JOIN users u ON u.id = s.user LEFT JOIN clients c ON c.id = coalesce(?, s.client_id) WHERE s.sid = ?`,
  )
  const browser = prepareReader(
    database,
    `SELECT ${sessionColumns}, ${userColumns}, ${clientColumns}, ${grantColumns}
     FROM sessions s JOIN users u ON u.id = s.user LEFT JOIN clients c ON c.id = ?
       LEFT JOIN grants g ON g.sid = s.sid AND g.client_id = c.id AND g.audience = ? AND g.offline = 0
     WHERE s.cookie = ? ORDER BY g.ended_seq IS NOT NULL, g.id DESC LIMIT 1`,
  )
  const grant = prepareReader(
    database,
    `SELECT ${grantColumns}, ${userColumns}, ${clientColumns}, ${sessionColumns}
     FROM grants g JOIN users u ON u.id = g.user JOIN clients c ON c.id = g.client_id LEFT JOIN sessions s ON s.sid = g.sid WHERE g.gid = ?`,
  )
  const code = prepareReader(
    database,
    `SELECT ${codeColumns}, ${userColumns}, ${clientColumns}, ${sessionColumns}, ${grantColumns},
       EXISTS (SELECT 1 FROM consents o WHERE o.user = k.user AND o.client_id = k.client_id AND o.audience = k.audience)
     FROM codes k JOIN users u ON u.id = k.user JOIN clients c ON c.id = k.client_id
       LEFT JOIN sessions s ON s.sid = k.sid LEFT JOIN grants g ON g.gid = k.gid
     WHERE k.hash = ?`,
  )
  const token = prepareReader(database, "SELECT seq FROM ledger WHERE what = 'jti' AND id = ?")
  const service = prepareReader(database, `SELECT ${serviceColumns} FROM services WHERE id = ?`)
  const sharing = prepareReader(database, `SELECT ${serviceColumns} FROM services WHERE audience = ? AND id <> ? ORDER BY id`)

  const arrivals = prepareArrivals(database)

  const clientOf = (id: ClientId | undefined) => (id === undefined ? undefined : byName.client(id))

  return {
    identifier: (load, _at, issuer) => ({ user: byName.identifier(load.identifier), issuer }),
    user(load, { now }, issuer) {
      const found = byName.user(load.sub)
      const mailed = load.link === undefined ? undefined : byName.link(load.link)
      return {
        user: found,
        sessions: found ? live.sessions(found, now, issuer) : [],
        offline: found ? live.offline(found, now, issuer) : [],
        client: clientOf(load.clientId),
        ...(mailed?.user.sub === load.sub ? { link: mailed.link } : {}),
        issuer,
      }
    },
    session(load, { now }, issuer) {
      const row = session.get(load.clientId ?? null, soughtId(load.sid))
      if (!row) return undefined
      const owner = userAt(row, sessionWidth)!
      return {
        session: sessionAt(row, 0, owner)!,
        user: owner,
        offline: live.offline(owner, now, issuer),
        client: clientAt(row, sessionWidth + userWidth),
        issuer,
      }
    },
    browser(load, _at, issuer) {
      const row = browser.get(load.clientId, load.audience, soughtHash(load.cookie))
      if (!row) return undefined
      const owner = userAt(row, sessionWidth)!
      return {
        session: sessionAt(row, 0, owner)!,
        grant: grantAt(row, sessionWidth + userWidth + clientWidth, owner),
        user: owner,
        client: clientAt(row, sessionWidth + userWidth),
        issuer,
      }
    },
    grant(load, _at, issuer) {
      const row = grant.get(soughtId(load.gid))
      if (!row) return undefined
      const owner = userAt(row, grantWidth)!
      return {
        grant: grantAt(row, 0, owner)!,
        session: sessionAt(row, grantWidth + userWidth + clientWidth, owner),
        user: owner,
        client: clientAt(row, grantWidth + userWidth)!,
        issuer,
      }
    },
    code(load, { now }, issuer) {
      const row = code.get(soughtHash(load.hash))
      if (!row) return undefined
      const owner = userAt(row, codeWidth)!
      const afterClient = codeWidth + userWidth + clientWidth
      const registered = clientAt(row, codeWidth + userWidth)!
      return {
        code: codeAt(row, 0, owner),
        session: sessionAt(row, afterClient, owner),
        grant: grantAt(row, afterClient + sessionWidth, owner),
        user: owner,
        client: registered,
        offline: live.offline(owner, now, issuer).filter(({ clientId }) => clientId === registered.id),
        allowed: row[afterClient + sessionWidth + grantWidth] === 1,
        issuer,
      }
    },
    granted({ sub, clientId }, { now }, issuer) {
      const found = byName.user(sub)
      const all = found ? [...live.grants(found, now, issuer), ...live.offline(found, now, issuer)] : []
      return { user: found, granted: all.filter((one) => one.clientId === clientId) }
    },
    token: (load) => ({ endedSeq: token.get(soughtId(load.jti))?.[0] as number | undefined }),
    client: (load, _at, issuer) => ({ client: clientOf(load.id), issuer }),
    service(load) {
      const row = service.get(load.id)
      const found = row && serviceAt(row)
      return { service: found, sharing: found ? sharing.all(found.audience, found.id).map(serviceAt) : [] }
    },
    limits: ({ keys }) => arrivals(keys),
    issuer: (_load, _at, issuer) => ({ issuer }),
  }
}
