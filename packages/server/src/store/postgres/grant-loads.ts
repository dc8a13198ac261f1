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
  sessionAt,
  sessionColumns,
  sessionWidth,
  userAt,
  userColumns,
  userWidth,
} from '../rows.ts'
import { byNth, byOwner, type LoadOf, living, lock, soughtText } from './load-of.ts'

/** A grant. */
export const grant: LoadOf<'grant'> = {
  statements: (loads) => [
    {
      text: `SELECT q.nth, ${grantColumns}, ${userColumns}, ${clientColumns}, ${sessionColumns}
         FROM unnest($1::bytea[]) WITH ORDINALITY AS q(gid, nth) JOIN curfew.grants g ON g.gid = q.gid JOIN curfew.users u ON u.id = g.user_id
           JOIN curfew.clients c ON c.id = g.client_id LEFT JOIN curfew.sessions s ON s.sid = g.sid
         ORDER BY g.gid ${lock} OF g`,
      values: [loads.map(({ gid }) => soughtId(gid))],
    },
  ],
  held: ([rows], loads, _at, issuer) => {
    const found = byNth(rows)
    return loads.map((_, nth) => {
      const row = found.get(nth)
      if (!row) return undefined
      const owner = userAt(row, 1 + grantWidth)!
      return {
        grant: grantAt(row, 1, owner)!,
        session: sessionAt(row, 1 + grantWidth + userWidth + clientWidth, owner),
        user: owner,
        client: clientAt(row, 1 + grantWidth + userWidth)!,
        issuer,
      }
    })
  },
}

/** A code, and the grant that it was redeemed for. */
export const code: LoadOf<'code'> = {
  statements: (loads) => {
    const hashes = loads.map(({ hash }) => soughtHash(hash))
    return [
      // A redemption may leave a grant that outlives its session, so it comes before or after whatever ends all that its user has.
      {
        text: `SELECT FROM curfew.codes k JOIN curfew.users u ON u.id = k.user_id WHERE k.hash = ANY($1::bytea[]) ORDER BY u.id FOR SHARE OF u`,
        values: [hashes],
      },
      { text: `SELECT FROM curfew.codes k WHERE k.hash = ANY($1::bytea[]) ORDER BY k.hash ${lock}`, values: [hashes] },
      {
        text: `SELECT q.nth, ${codeColumns}, ${userColumns}, ${clientColumns}, ${sessionColumns}, ${grantColumns}, o.at
           FROM unnest($1::bytea[]) WITH ORDINALITY AS q(hash, nth) JOIN curfew.codes k ON k.hash = q.hash JOIN curfew.users u ON u.id = k.user_id
             JOIN curfew.clients c ON c.id = k.client_id LEFT JOIN curfew.sessions s ON s.sid = k.sid LEFT JOIN curfew.grants g ON g.gid = k.gid
             LEFT JOIN LATERAL (SELECT * FROM curfew.consents p WHERE p.user_id = k.user_id AND p.client_id = k.client_id
               AND p.audience = k.audience LIMIT 1) o ON true`,
        values: [hashes],
      },
      // Of two redemptions at once that end the same one, one meets an ended row, and looks again.
      {
        text: `SELECT q.nth, c.cut, g.id, ${grantColumns} FROM unnest($1::bytea[]) WITH ORDINALITY AS q(hash, nth)
           JOIN curfew.codes k ON k.hash = q.hash JOIN curfew.grants g ON g.user_id = k.user_id JOIN curfew.clients c ON c.id = g.client_id
           WHERE g.offline AND g.ended_seq IS NULL AND g.client_id = k.client_id`,
        values: [hashes],
      },
    ]
  },
  held: ([, , rows, offline], loads, at, issuer) => {
    const [found, grantsOf] = [byNth(rows), byOwner(offline)]
    return loads.map((_, nth) => {
      const row = found.get(nth)
      if (!row) return undefined
      const owner = userAt(row, 1 + codeWidth)!
      const afterClient = 1 + codeWidth + userWidth + clientWidth
      return {
        code: codeAt(row, 1, owner),
        session: sessionAt(row, afterClient, owner),
        grant: grantAt(row, afterClient + sessionWidth, owner),
        user: owner,
        client: clientAt(row, 1 + codeWidth + userWidth)!,
        offline: living(grantsOf.get(nth + 1), grantAt, owner, at, issuer),
        allowed: row[afterClient + sessionWidth + grantWidth] !== null,
        issuer,
      }
    })
  },
}

/** What one client has of a user: each read, and locked, after the user is. */
export const granted: LoadOf<'granted'> = {
  statements: (loads) => {
    const values = [loads.map(({ sub }) => soughtText(sub)), loads.map(({ clientId }) => soughtText(clientId))]
    const asked = 'unnest($1::text[], $2::text[]) WITH ORDINALITY AS q(sub, client, nth) JOIN curfew.users u ON u.sub = q.sub'
    return [
      { text: `SELECT q.nth, ${userColumns} FROM ${asked} ORDER BY u.id ${lock} OF u`, values },
      // All of them in one statement, since they are locked in one order. Each half of what is looked up follows an index.
      {
        text: `SELECT q.nth, c.cut, g.id, ${grantColumns} FROM ${asked} CROSS JOIN LATERAL (
             SELECT o.id FROM curfew.grants o WHERE o.user_id = u.id AND o.offline AND o.ended_seq IS NULL
             UNION ALL SELECT w.id FROM curfew.sessions s JOIN curfew.grants w ON w.sid = s.sid AND NOT w.offline
               WHERE s.user_id = u.id AND s.ended_seq IS NULL
           ) m JOIN curfew.grants g ON g.id = m.id JOIN curfew.clients c ON c.id = g.client_id AND c.id = q.client
           WHERE g.ended_seq IS NULL ORDER BY g.gid ${lock} OF g`,
        values,
      },
    ]
  },
  held: ([users, grants], loads, at, issuer) => {
    const [owners, grantsOf] = [byNth(users), byOwner(grants)]
    return loads.map((_, nth) => {
      const owner = userAt(owners.get(nth) ?? [], 1)
      return { user: owner, granted: owner ? living(grantsOf.get(nth + 1), grantAt, owner, at, issuer) : [] }
    })
  },
}

/** An access token's name: nothing to lock. Of two who end it one meets the unique index, and looks again. */
export const token: LoadOf<'token'> = {
  statements: (loads) => [
    {
      text: `SELECT q.nth, e.seq FROM unnest($1::bytea[]) WITH ORDINALITY AS q(jti, nth) JOIN curfew.ledger e ON e.what = 'jti' AND e.id = q.jti`,
      values: [loads.map(({ jti }) => soughtId(jti))],
    },
  ],
  held: ([rows], loads) => {
    const found = byNth(rows)
    return loads.map((_, nth) => ({ endedSeq: found.get(nth)?.[1] as number | undefined }))
  },
}
