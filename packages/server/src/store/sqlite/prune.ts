import type { Instant } from '../../domain/instant.ts'
import { margin } from '../margins.ts'
import { type Database, prepareReader, prepareWriter } from './database.ts'
import type { StateReader } from './ledger-state.ts'

/** Removes at most `limit` rows that nothing can rest on any more; returns how many it removed. In a transaction. */
export type Prune = (limit: number, now: Instant) => number

/** Prepares it. Each bite follows an index to what died first. */
export function preparePrune(database: Database, state: StateReader): Prune {
  const steps = [
    prepareSessions(database, 'idle_expires_at <= ?', 'idle_expires_at'),
    prepareSessions(database, 'ended_at <= ?', 'ended_at'),
    prepareBite(database, 'grants', 'id', 'offline = 1 AND idle_expires_at <= ?', 'idle_expires_at'),
    // Not what died under a session that lives: without the row the session would get another grant (P2). It goes with the session.
    prepareBite(database, 'grants', 'id', 'offline = 1 AND ended_at <= ?', 'ended_at'),
    prepareBite(database, 'codes', 'hash', 'expires_at <= ?', 'expires_at'),
  ]
  const entries = prepareBite(database, 'ledger', 'seq', 'until <= ?', 'until')
  const links = prepareBite(database, 'links', 'hash', 'expires_at <= ?', 'expires_at')
  // A key that is full again says nothing: whatever keys an attacker makes up, there are no more than the rates let in (LG-2).
  const limits = prepareBite(database, 'limits', 'key', 'tat <= ?', 'tat')
  const receipts = prepareBite(database, 'receipts', 'id', 'until <= ?', 'until')

  return (limit, now) => {
    const { horizon, maxTtl } = state.whole()
    // S3: rows stay until no token of theirs can live, at a verifier with a slow clock either (E3): so by the horizon, not by the clock.
    // M3's margin is for tokens that were minted as the row died.
    const dead = Math.min(now, horizon) - maxTtl - margin
    let removed = 0
    for (const step of steps) removed += step(dead, limit - removed)
    removed += entries(horizon, limit - removed) // E1: only what the horizon has passed
    removed += receipts(now, limit - removed)
    removed += limits(now, limit - removed)
    removed += links(now, limit - removed)
    return removed
  }
}

type Bite = (until: Instant, limit: number) => number

/** With its session goes what lives only under it. */
function prepareSessions(database: Database, condition: string, order: string): Bite {
  const sessions = prepareReader(
    database,
    `DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ${condition} ORDER BY ${order} LIMIT ?) RETURNING sid`,
  )
  const grants = prepareWriter(database, 'DELETE FROM grants WHERE sid = ? AND offline = 0')
  return (until, limit) => {
    if (limit <= 0) return 0
    let removed = 0
    for (const [sid] of sessions.all(until, limit)) removed += 1 + grants(sid ?? null)
    return removed
  }
}

function prepareBite(database: Database, table: string, key: string, condition: string, order: string): Bite {
  const remove = prepareWriter(
    database,
    `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${condition} ORDER BY ${order} LIMIT ?)`,
  )
  return (until, limit) => (limit <= 0 ? 0 : remove(until, limit))
}
