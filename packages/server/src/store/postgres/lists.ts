import { soughtId } from '../blob.ts'
import {
  clientAt,
  clientColumns,
  consentAt,
  consentColumns,
  entryAt,
  entryColumns,
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
} from '../rows.ts'
import type { Lists } from '../store.ts'
import { clock, type Database, present, state } from './database.ts'
import type { Row, Value } from './driver.ts'
import { liveGrant, liveSession } from './live.ts'
import { soughtText } from './load-of.ts'

const session = `SELECT ${sessionColumns}, ${userColumns} FROM curfew.sessions s JOIN curfew.users u ON u.id = s.user_id`
const grant = `SELECT ${grantColumns}, ${userColumns} FROM curfew.grants g JOIN curfew.users u ON u.id = g.user_id`
const now = `CROSS JOIN curfew.issuer i CROSS JOIN (SELECT ${clock} AS now) t`
const client = 'JOIN curfew.clients c ON c.id = g.client_id'
const sessionOf = (row: Row) => sessionAt(row, 0, userAt(row, sessionWidth)!)!
const grantOf = (row: Row) => grantAt(row, 0, userAt(row, grantWidth)!)!

/** What pages and the command line show. */
export function listsOf(database: Pick<Database, 'run' | 'ahead'>): Lists {
  const read = async (text: string, ...values: Value[]): Promise<readonly Row[]> => (await database.run({ text, values })).rows
  return {
    async users(after, limit) {
      const text = `SELECT ${userColumns} FROM curfew.users u WHERE u.sub > $1::text AND NOT u.deleted ORDER BY u.sub LIMIT $2::bigint`
      return (await read(text, after, limit)).map((row) => userAt(row, 0)!)
    },
    async user(name) {
      const text = `SELECT ${userColumns} FROM curfew.users u WHERE u.identifier = $1::text OR u.sub = $1::text
        ORDER BY u.identifier IS NOT DISTINCT FROM $1::text DESC LIMIT 1`
      return userAt((await read(text, soughtText(name)))[0] ?? [], 0)
    },
    async sessions(sub) {
      return (await read(`${session} ${now} WHERE ${liveSession} AND u.sub = $1::text ORDER BY s.id DESC`, soughtText(sub))).map(sessionOf)
    },
    async grants(sub) {
      const offline = `${grant} ${client} ${now} WHERE g.offline AND ${liveGrant} AND u.sub = $1::text`
      const under = `${grant} JOIN curfew.sessions s ON s.sid = g.sid ${client} ${now}
        WHERE NOT g.offline AND ${liveGrant} AND ${liveSession} AND s.user_id = u.id AND u.sub = $1::text`
      const both = [...(await read(under, soughtText(sub))), ...(await read(offline, soughtText(sub)))]
      return both.map(grantOf).sort((a, b) => b.createdAt - a.createdAt)
    },
    async consents(sub) {
      const text = `SELECT ${consentColumns} FROM curfew.consents o JOIN curfew.users u ON u.id = o.user_id WHERE u.sub = $1::text ORDER BY o.at`
      return (await read(text, soughtText(sub))).map(consentAt)
    },
    async session(sid) {
      const [row] = await read(`${session} WHERE s.sid = $1::bytea`, soughtId(sid))
      return row && sessionOf(row)
    },
    async grant(gid) {
      const [row] = await read(`${grant} WHERE g.gid = $1::bytea`, soughtId(gid))
      return row && grantOf(row)
    },
    async allSessions(limit) {
      // Newest first is the order of the table's key, so that the first page is cheap however many there are.
      return (await read(`${session} ${now} WHERE ${liveSession} ORDER BY s.id DESC LIMIT $1::bigint`, limit)).map(sessionOf)
    },
    async clients() {
      return (await read(`SELECT ${clientColumns} FROM curfew.clients c ORDER BY c.id`)).map((row) => clientAt(row, 0)!)
    },
    async services() {
      // Whose secret is good, and who is refused, is decided by these: from the primary alone.
      const text = `SELECT ${serviceColumns} FROM (SELECT FROM ${state}) l LEFT JOIN curfew.services ON true ORDER BY id`
      const { rows } = await database.ahead({ text, values: [] }) // each request to follow and each receipt rests on them
      present(rows)
      return rows.flatMap((row) => (row[0] === null ? [] : [serviceAt(row)]))
    },
    async entries(after, limit) {
      const text = `SELECT ${entryColumns} FROM curfew.ledger WHERE seq > $1::bigint ORDER BY seq LIMIT $2::bigint`
      return (await read(text, after, limit)).map(entryAt)
    },
    async counts() {
      // Reads whole tables: for people, not for every request.
      const [row] = await read(`SELECT (SELECT count(*) FROM curfew.users WHERE NOT deleted),
        (SELECT count(*) FROM curfew.sessions s JOIN curfew.users u ON u.id = s.user_id ${now} WHERE ${liveSession}),
        (SELECT count(*) FROM curfew.grants g JOIN curfew.users u ON u.id = g.user_id ${client} LEFT JOIN curfew.sessions s ON s.sid = g.sid ${now}
          WHERE ${liveGrant} AND (g.offline OR ${liveSession})),
        (SELECT count(*) FROM curfew.ledger)`)
      const [users, sessions, grants, entries] = row as readonly number[]
      return { users: users!, sessions: sessions!, grants: grants!, entries: entries! }
    },
  }
}
