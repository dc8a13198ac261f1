import {
  clientAt,
  clientColumns,
  consentAt,
  consentColumns,
  entryAt,
  entryColumns,
  serviceAt,
  serviceColumns,
  sessionAt,
  sessionColumns,
  sessionWidth,
  userAt,
  userColumns,
} from '../rows.ts'
import type { Lists } from '../store.ts'
import type { Batches } from './batch.ts'
import type { ByName } from './by-name.ts'
import { type Database, prepareReader } from './database.ts'
import type { StateReader } from './ledger-state.ts'
import { type LiveReader, liveGrant, liveSession } from './live.ts'

interface ListParts {
  readonly batches: Batches
  readonly state: StateReader
  readonly byName: ByName
  readonly live: LiveReader
}

/** What pages and the command line show. */
export function listsOf(database: Database, { batches, state, byName, live }: ListParts): Lists {
  const users = prepareReader(database, `SELECT ${userColumns} FROM users u WHERE u.sub > ? AND u.deleted = 0 ORDER BY u.sub LIMIT ?`)
  // Newest first is the order of the table, so that the first page is cheap however many there are.
  const newest = prepareReader(
    database,
    `SELECT ${sessionColumns}, ${userColumns} FROM sessions s CROSS JOIN users u ON u.id = s.user WHERE ${liveSession} ORDER BY s.id DESC LIMIT ?3`,
  )
  const clients = prepareReader(database, `SELECT ${clientColumns} FROM clients c ORDER BY c.id`)
  const services = prepareReader(database, `SELECT ${serviceColumns} FROM services ORDER BY id`)
  const consents = prepareReader(
    database,
    `SELECT ${consentColumns} FROM users u JOIN consents o ON o.user = u.id WHERE u.sub = ? ORDER BY o.at`,
  )
  const entries = prepareReader(database, `SELECT ${entryColumns} FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?`)
  // Reads whole tables: for people, not for every request.
  const counts = prepareReader(
    database,
    `SELECT (SELECT count(*) FROM users WHERE deleted = 0),
       (SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user WHERE ${liveSession}),
       (SELECT count(*) FROM grants g JOIN users u ON u.id = g.user JOIN clients c ON c.id = g.client_id LEFT JOIN sessions s ON s.sid = g.sid
        WHERE ${liveGrant} AND (g.offline = 1 OR ${liveSession})),
       (SELECT count(*) FROM ledger)`,
  )

  return {
    async users(after, limit) {
      batches.ready()
      return users.all(after, limit).map((row) => userAt(row, 0)!)
    },
    async user(name) {
      batches.ready()
      return byName.identifier(name) ?? byName.user(name)
    },
    async sessions(sub) {
      const now = batches.ready()
      const user = byName.user(sub)
      return user ? live.sessions(user, now, state.marks()).toReversed() : []
    },
    async grants(sub) {
      const now = batches.ready()
      const user = byName.user(sub)
      if (!user) return []
      const both = [...live.grants(user, now, state.marks()), ...live.offline(user, now, state.marks())]
      return both.sort((a, b) => b.createdAt - a.createdAt)
    },
    async consents(sub) {
      batches.ready()
      return consents.all(sub).map(consentAt)
    },
    async session(sid) {
      batches.ready()
      return byName.session(sid)
    },
    async grant(gid) {
      batches.ready()
      return byName.grant(gid)
    },
    async allSessions(limit) {
      const now = batches.ready()
      return newest.all(now, state.marks().cut, limit).map((row) => sessionAt(row, 0, userAt(row, sessionWidth)!)!)
    },
    async clients() {
      batches.ready()
      return clients.all().map((row) => clientAt(row, 0)!)
    },
    async services() {
      batches.ready()
      return services.all().map(serviceAt)
    },
    async entries(after, limit) {
      batches.ready()
      return entries.all(after, limit).map(entryAt)
    },
    async counts() {
      const now = batches.ready()
      const [people, sessions, grants, lines] = counts.get(now, state.marks().cut) as readonly number[]
      return { users: people!, sessions: sessions!, grants: grants!, entries: lines! }
    },
  }
}
