import type { Grant } from '../../domain/grant.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Session } from '../../domain/session.ts'
import type { User } from '../../domain/user.ts'
import { grantAt, grantColumns, sessionAt, sessionColumns } from '../rows.ts'
import type { Issuer } from '../store.ts'
import { type Database, prepareReader } from './database.ts'

/** What of a user lives: not ended, not cut (P2), not expired. Oldest first. */
export interface LiveReader {
  sessions(user: User, now: Instant, issuer: Issuer): readonly Session[]
  offline(user: User, now: Instant, issuer: Issuer): readonly Grant[]
  /** Those that die with their session. */
  grants(user: User, now: Instant, issuer: Issuer): readonly Grant[]
}

/** SQL: a session `s` of the user `u` lives; ?1 is the clock, ?2 the issuer's cut. */
export const liveSession = `s.ended_seq IS NULL AND s.idle_expires_at > ?1 AND s.expires_at > ?1 AND s.pos >= max(u.cut, ?2)`
/** SQL: a grant `g` of the user `u` and the client `c` lives, as far as it is by itself. */
export const liveGrant = `g.ended_seq IS NULL AND g.idle_expires_at > ?1 AND g.expires_at > ?1 AND g.pos >= max(u.cut, c.cut, ?2)`

/** Prepares the reads. */
export function readLive(database: Database): LiveReader {
  const sessions = prepareReader(
    database,
    `SELECT ${sessionColumns} FROM users u JOIN sessions s ON s.user = u.id WHERE ${liveSession} AND u.sub = ?3 ORDER BY s.id`,
  )
  const offline = prepareReader(
    database,
    `SELECT ${grantColumns} FROM users u JOIN grants g ON g.user = u.id JOIN clients c ON c.id = g.client_id
     WHERE g.offline = 1 AND ${liveGrant} AND u.sub = ?3 ORDER BY g.id`,
  )
  const grants = prepareReader(
    database,
    `SELECT ${grantColumns} FROM users u JOIN sessions s ON s.user = u.id JOIN grants g ON g.sid = s.sid JOIN clients c ON c.id = g.client_id
     WHERE ${liveSession} AND g.offline = 0 AND ${liveGrant} AND u.sub = ?3 ORDER BY g.id`,
  )
  return {
    sessions: (user, now, { cut }) => sessions.all(now, cut, user.sub).map((row) => sessionAt(row, 0, user)!),
    offline: (user, now, { cut }) => offline.all(now, cut, user.sub).map((row) => grantAt(row, 0, user)!),
    grants: (user, now, { cut }) => grants.all(now, cut, user.sub).map((row) => grantAt(row, 0, user)!),
  }
}
