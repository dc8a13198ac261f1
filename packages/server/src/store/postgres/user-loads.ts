import { soughtHash, soughtId } from '../blob.ts'
import {
  clientAt,
  clientColumns,
  clientWidth,
  grantAt,
  grantColumns,
  linkAt,
  linkColumns,
  sessionAt,
  sessionColumns,
  sessionWidth,
  userAt,
  userColumns,
  userWidth,
} from '../rows.ts'
import { byNth, byOwner, type LoadOf, living, lock, soughtText } from './load-of.ts'

/** A name for an account: the user who has it. */
export const identifier: LoadOf<'identifier'> = {
  // A free name has no row: of two who take it one meets the unique index, and looks again.
  statements: (loads) => [
    {
      text: `SELECT q.nth, ${userColumns} FROM unnest($1::text[]) WITH ORDINALITY AS q(identifier, nth)
         JOIN curfew.users u ON u.identifier = q.identifier ORDER BY u.id ${lock} OF u`,
      values: [loads.map((load) => soughtText(load.identifier))],
    },
  ],
  held: ([users], loads, _at, issuer) => {
    const found = byNth(users)
    return loads.map((_, nth) => ({ user: userAt(found.get(nth) ?? [], 1), issuer }))
  },
}

/** A user, and all of theirs that lives: locked as well, so that nothing of it ends while it is decided on. */
export const user: LoadOf<'user'> = {
  statements: (loads) => {
    const subs = loads.map(({ sub }) => soughtText(sub))
    return [
      {
        text: `SELECT q.nth, ${userColumns} FROM unnest($1::text[]) WITH ORDINALITY AS q(sub, nth)
           JOIN curfew.users u ON u.sub = q.sub ORDER BY u.id ${lock} OF u`,
        values: [subs],
      },
      {
        text: `SELECT u.sub, c.cut, g.id, ${grantColumns} FROM curfew.users u JOIN curfew.grants g ON g.user_id = u.id
           JOIN curfew.clients c ON c.id = g.client_id
           WHERE u.sub = ANY($1::text[]) AND g.offline AND g.ended_seq IS NULL ORDER BY g.gid ${lock} OF g`,
        values: [subs],
      },
      {
        text: `SELECT u.sub, 0, s.id, ${sessionColumns} FROM curfew.users u JOIN curfew.sessions s ON s.user_id = u.id
           WHERE u.sub = ANY($1::text[]) AND s.ended_seq IS NULL ORDER BY s.sid ${lock} OF s`,
        values: [subs],
      },
      {
        text: `SELECT q.nth, ${clientColumns} FROM unnest($1::text[]) WITH ORDINALITY AS q(id, nth) JOIN curfew.clients c ON c.id = q.id`,
        values: [loads.map(({ clientId }) => soughtText(clientId))],
      },
      // Read after the lock of its user, under which it is written.
      {
        text: `SELECT q.nth, ${linkColumns} FROM unnest($1::bytea[], $2::text[]) WITH ORDINALITY AS q(hash, sub, nth)
           JOIN curfew.links m ON m.hash = q.hash JOIN curfew.users u ON u.id = m.user_id AND u.sub = q.sub`,
        values: [loads.map(({ link }) => soughtHash(link)), subs],
      },
    ]
  },
  held: ([users, offline, sessions, clients, links], loads, at, issuer) => {
    const [owners, registered, mailed] = [byNth(users), byNth(clients), byNth(links)]
    const [grantsOf, sessionsOf] = [byOwner(offline), byOwner(sessions)]
    return loads.map(({ sub }, nth) => {
      const owner = userAt(owners.get(nth) ?? [], 1)
      const link = owner && linkAt(mailed.get(nth) ?? [], 1, owner)
      return {
        user: owner,
        sessions: owner ? living(sessionsOf.get(sub), sessionAt, owner, at, issuer) : [],
        offline: owner ? living(grantsOf.get(sub), grantAt, owner, at, issuer) : [],
        client: clientAt(registered.get(nth) ?? [], 1),
        ...(link ? { link } : {}),
        issuer,
      }
    })
  },
}

/** A session by its name. */
export const session: LoadOf<'session'> = {
  statements: (loads) => {
    const sids = loads.map(({ sid }) => soughtId(sid))
    return [
      {
        text: `SELECT q.nth, ${sessionColumns}, ${userColumns}, ${clientColumns}
           FROM unnest($1::bytea[], $2::text[]) WITH ORDINALITY AS q(sid, client, nth) JOIN curfew.sessions s ON s.sid = q.sid
             JOIN curfew.users u ON u.id = s.user_id LEFT JOIN curfew.clients c ON c.id = coalesce(q.client, s.client_id)
           ORDER BY s.sid ${lock} OF s`,
        values: [sids, loads.map(({ clientId }) => soughtText(clientId))],
      },
      {
        text: `SELECT q.nth, c.cut, g.id, ${grantColumns} FROM unnest($1::bytea[]) WITH ORDINALITY AS q(sid, nth)
           JOIN curfew.sessions s ON s.sid = q.sid JOIN curfew.grants g ON g.user_id = s.user_id JOIN curfew.clients c ON c.id = g.client_id
           WHERE g.offline AND g.ended_seq IS NULL`,
        values: [sids],
      },
    ]
  },
  held: ([rows, offline], loads, at, issuer) => {
    const [found, grantsOf] = [byNth(rows), byOwner(offline)]
    return loads.map((_, nth) => {
      const row = found.get(nth)
      if (!row) return undefined
      const owner = userAt(row, 1 + sessionWidth)!
      return {
        session: sessionAt(row, 1, owner)!,
        user: owner,
        offline: living(grantsOf.get(nth + 1), grantAt, owner, at, issuer),
        client: clientAt(row, 1 + sessionWidth + userWidth),
        issuer,
      }
    })
  },
}

/** A session by its cookie. */
export const browser: LoadOf<'browser'> = {
  statements: (loads) => {
    const cookies = loads.map(({ cookie }) => soughtHash(cookie))
    return [
      { text: `SELECT FROM curfew.sessions s WHERE s.cookie = ANY($1::bytea[]) ORDER BY s.sid ${lock}`, values: [cookies] },
      {
        text: `SELECT q.nth, ${sessionColumns}, ${userColumns}, ${clientColumns}, ${grantColumns}
           FROM unnest($1::bytea[], $2::text[], $3::text[]) WITH ORDINALITY AS q(cookie, client, audience, nth) JOIN curfew.sessions s ON s.cookie = q.cookie
             JOIN curfew.users u ON u.id = s.user_id LEFT JOIN curfew.clients c ON c.id = q.client
             LEFT JOIN LATERAL (SELECT * FROM curfew.grants o WHERE o.sid = s.sid AND o.client_id = c.id AND o.audience = q.audience AND NOT o.offline
               ORDER BY o.ended_seq IS NOT NULL, o.id DESC LIMIT 1) g ON true`,
        values: [cookies, loads.map(({ clientId }) => soughtText(clientId)), loads.map(({ audience }) => soughtText(audience))],
      },
    ]
  },
  held: ([, rows], loads, _at, issuer) => {
    const found = byNth(rows)
    return loads.map((_, nth) => {
      const row = found.get(nth)
      if (!row) return undefined
      const owner = userAt(row, 1 + sessionWidth)!
      return {
        session: sessionAt(row, 1, owner)!,
        grant: grantAt(row, 1 + sessionWidth + userWidth + clientWidth, owner),
        user: owner,
        client: clientAt(row, 1 + sessionWidth + userWidth),
        issuer,
      }
    })
  },
}
