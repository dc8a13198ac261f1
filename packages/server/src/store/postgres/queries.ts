import type { At } from '../../domain/position.ts'
import { soughtHash, soughtId } from '../blob.ts'
import {
  arrivalsOf,
  clientAt,
  clientColumns,
  clientWidth,
  codeAt,
  codeColumns,
  codeWidth,
  consentAt,
  consentColumns,
  grantAt,
  grantColumns,
  grantWidth,
  linkAt,
  linkColumns,
  linkWidth,
  sessionAt,
  sessionColumns,
  sessionWidth,
  userAt,
  userColumns,
  userWidth,
} from '../rows.ts'
import type { Issuer, Query, Rows } from '../store.ts'
import { clock, type Database, present, state } from './database.ts'
import type { Row, Statement } from './driver.ts'
import { soughtText } from './load-of.ts'

/** One query of `begin`: head, clock and rows in one statement (P1, P5), and what the rows are. */
interface QueryOf<K extends Query['kind']> {
  statement(query: Extract<Query, { kind: K }>): Statement
  rows(found: readonly Row[], issuer: Issuer, horizon: number): Rows[K]
}

type Queries = { readonly [K in Query['kind']]: QueryOf<K> }

/** Of each row, before the columns of its nouns. */
const width = 5

/** `tables` are joined to the one row of the state: whatever is not found, head and clock are. */
function reading(columns: string, tables: string, order = ''): string {
  return `SELECT ${clock}, l.head, i.cut, i.stale, l.horizon${columns ? `, ${columns}` : ''}
    FROM (SELECT l.head, l.horizon FROM ${state}) l CROSS JOIN curfew.issuer i ${tables} ${order}`
}

const signedIn = '(curfew.sessions s JOIN curfew.users u ON u.id = s.user_id)'

const texts = {
  head: reading('', ''),
  identifier: reading(userColumns, 'LEFT JOIN curfew.users u ON u.identifier = $1::text'),
  user: reading(userColumns, 'LEFT JOIN curfew.users u ON u.sub = $1::text'),
  mail: reading(userColumns, 'LEFT JOIN curfew.users u ON u.mail = $1::text AND u.mail_verified AND NOT u.deleted'),
  link: reading(
    `${linkColumns}, ${userColumns}`,
    'LEFT JOIN (curfew.links m JOIN curfew.users u ON u.id = m.user_id) ON m.hash = $1::bytea',
  ),
  grant: reading(
    `${grantColumns}, ${userColumns}, ${clientColumns}, ${sessionColumns}`,
    `LEFT JOIN (curfew.grants g JOIN curfew.users u ON u.id = g.user_id JOIN curfew.clients c ON c.id = g.client_id) ON g.gid = $1::bytea
     LEFT JOIN curfew.sessions s ON s.sid = g.sid`,
  ),
  client: reading(
    `${clientColumns}, t.key, t.tat`,
    'LEFT JOIN curfew.clients c ON c.id = $1::text LEFT JOIN curfew.limits t ON t.key = ANY($2::bytea[])',
  ),
  browser: reading(`${sessionColumns}, ${userColumns}`, `LEFT JOIN ${signedIn} ON s.cookie = $1::bytea`),
  authorization: reading(
    `${clientColumns}, ${sessionColumns}, ${userColumns}, ${consentColumns}`,
    `LEFT JOIN curfew.clients c ON c.id = $1::text LEFT JOIN ${signedIn} ON s.cookie = $2::bytea
     LEFT JOIN curfew.consents o ON o.user_id = u.id AND o.client_id = $1::text`,
    'ORDER BY o.at',
  ),
  token: reading(
    `${clientColumns}, ${userColumns}, e.seq, ${sessionColumns}, su.sub, su.usr, ${grantColumns}, gu.sub, gu.usr`,
    `LEFT JOIN curfew.clients c ON c.id = $1::text LEFT JOIN curfew.users u ON u.usr = $2::bytea
     LEFT JOIN curfew.ledger e ON e.what = 'jti' AND e.id = $3::bytea
     LEFT JOIN (curfew.sessions s JOIN curfew.users su ON su.id = s.user_id) ON s.sid = $4::bytea
     LEFT JOIN (curfew.grants g JOIN curfew.users gu ON gu.id = g.user_id) ON g.gid = $5::bytea`,
  ),
  code: reading(
    `${codeColumns}, ${userColumns}, ${clientColumns}, ${sessionColumns}`,
    `LEFT JOIN (curfew.codes k JOIN curfew.users u ON u.id = k.user_id JOIN curfew.clients c ON c.id = k.client_id) ON k.hash = $1::bytea
     LEFT JOIN curfew.sessions s ON s.sid = k.sid`,
  ),
} as const

const queries: Queries = {
  head: { statement: () => ({ text: texts.head, values: [] }), rows: () => undefined },
  identifier: {
    statement: ({ identifier }) => ({ text: texts.identifier, values: [soughtText(identifier)] }),
    rows: ([row]) => userAt(row!, width),
  },
  user: { statement: ({ sub }) => ({ text: texts.user, values: [soughtText(sub)] }), rows: ([row]) => userAt(row!, width) },
  mail: { statement: ({ mail }) => ({ text: texts.mail, values: [soughtText(mail)] }), rows: ([row]) => userAt(row!, width) },
  link: {
    statement: ({ hash }) => ({ text: texts.link, values: [soughtHash(hash)] }),
    rows([row], issuer) {
      const owner = userAt(row!, width + linkWidth)
      return owner && { link: linkAt(row!, width, owner)!, user: owner, issuer }
    },
  },
  grant: {
    statement: ({ gid }) => ({ text: texts.grant, values: [soughtId(gid)] }),
    rows([row], issuer) {
      const owner = userAt(row!, width + grantWidth)
      if (!owner) return undefined
      return {
        grant: grantAt(row!, width, owner)!,
        client: clientAt(row!, width + grantWidth + userWidth)!,
        user: owner,
        session: sessionAt(row!, width + grantWidth + userWidth + clientWidth, owner),
        issuer,
      }
    },
  },
  client: {
    statement: ({ id, limits = [] }) => ({ text: texts.client, values: [soughtText(id), limits.map(soughtHash)] }),
    rows(found, issuer) {
      const counted = found.map((row) => row.slice(width + clientWidth)).filter(([key]) => key !== null)
      return { client: clientAt(found[0]!, width), issuer, arrivals: arrivalsOf(counted) }
    },
  },
  browser: {
    statement: ({ cookie }) => ({ text: texts.browser, values: [soughtHash(cookie)] }),
    rows([row], issuer) {
      const owner = userAt(row!, width + sessionWidth)
      return owner && { session: sessionAt(row!, width, owner)!, user: owner, issuer }
    },
  },
  authorization: {
    statement: ({ clientId, cookie }) => ({ text: texts.authorization, values: [soughtText(clientId), soughtHash(cookie)] }),
    rows(found, issuer) {
      const [row] = found
      const atSession = width + clientWidth
      const atConsent = atSession + sessionWidth + userWidth
      const owner = userAt(row!, atSession + sessionWidth)
      return {
        client: clientAt(row!, width),
        browser: owner && { session: sessionAt(row!, atSession, owner)!, user: owner },
        consents: found.flatMap((each) => (each[atConsent] === null ? [] : [consentAt(each.slice(atConsent))])),
        issuer,
      }
    },
  },
  token: {
    statement: ({ clientId, usr, jti, sid, gid }) => ({
      text: texts.token,
      values: [soughtText(clientId), soughtId(usr), soughtId(jti), soughtId(sid), soughtId(gid)],
    }),
    rows([row], issuer, horizon) {
      const atSeq = width + clientWidth + userWidth
      const atGrant = atSeq + 1 + sessionWidth + 2
      return {
        session: sessionAt(row!, atSeq + 1, ownerAt(row!, atGrant - 2)),
        grant: grantAt(row!, atGrant, ownerAt(row!, atGrant + grantWidth)),
        user: userAt(row!, width + clientWidth),
        client: clientAt(row!, width),
        issuer,
        endedSeq: (row![atSeq] as number | null) ?? undefined,
        horizon,
      }
    },
  },
  code: {
    statement: ({ hash }) => ({ text: texts.code, values: [soughtHash(hash)] }),
    rows([row]) {
      const owner = userAt(row!, width + codeWidth)
      if (!owner) return undefined
      return {
        code: codeAt(row!, width, owner),
        client: clientAt(row!, width + codeWidth + userWidth)!,
        user: owner,
        session: sessionAt(row!, width + codeWidth + userWidth + clientWidth, owner),
      }
    },
  },
}

/** Reads what an operation begins with. */
export async function ask<Q extends Query>(
  database: Pick<Database, 'run'>,
  query: Q,
): Promise<{ readonly rows: Rows[Q['kind']]; readonly at: At }> {
  // That key and value fit is in the table's type; the compiler cannot follow it through an index.
  const of = queries[query.kind] as unknown as QueryOf<Q['kind']>
  const { rows: found } = await database.run(of.statement(query as never))
  const [now, head, cut, stale, horizon] = present(found) as readonly [number, number, number, number, number]
  return { rows: of.rows(found, { cut, stale }, horizon), at: { now, head } }
}

function ownerAt(row: Row, at: number): Parameters<typeof sessionAt>[2] {
  const usr = row[at + 1]
  return { sub: row[at] as string, usr: usr === null ? '' : Buffer.from(usr as Uint8Array).toString('base64url') }
}
