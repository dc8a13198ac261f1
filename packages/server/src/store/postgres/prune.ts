import { margin } from '../margins.ts'
import { clock, type Database, present, state } from './database.ts'

const day = 24 * 3_600_000

/** Rows that somebody else is at are left for the next time, so that this waits for nobody. */
function bite(table: string, key: string, condition: string, order: string): string {
  return `DELETE FROM curfew.${table} WHERE ${key} IN (
    SELECT x.${key} FROM curfew.${table} x WHERE ${condition} ORDER BY ${order} LIMIT $2::bigint FOR UPDATE SKIP LOCKED)`
}

/** With its session goes what lives only under it: first the grants, then sessions that have none left. */
function grantsUnder(condition: string, order: string): string {
  return `DELETE FROM curfew.grants WHERE id IN (
    SELECT g.id FROM curfew.sessions x JOIN curfew.grants g ON g.sid = x.sid AND NOT g.offline
    WHERE ${condition} ORDER BY ${order} LIMIT $2::bigint FOR UPDATE OF g SKIP LOCKED)`
}

const bare = 'NOT EXISTS (SELECT FROM curfew.grants g WHERE g.sid = x.sid AND NOT g.offline)'
const idle = 'x.idle_hour <= $1::bigint / 3600000 AND x.idle_expires_at <= $1::bigint'
const ended = 'x.ended_at <= $1::bigint'

/** Each bite follows an index to what died first. */
const dead = [
  grantsUnder(idle, 'x.idle_hour'),
  bite('sessions', 'id', `${idle} AND ${bare}`, 'x.idle_hour'),
  grantsUnder(ended, 'x.ended_at'),
  bite('sessions', 'id', `${ended} AND ${bare}`, 'x.ended_at'),
  bite('grants', 'id', `x.offline AND ${idle}`, 'x.idle_hour'),
  // Not what died under a session that lives: without the row the session would get another grant (P2). It goes with the session.
  bite('grants', 'id', `x.offline AND ${ended}`, 'x.ended_at'),
  bite('codes', 'hash', 'x.expires_at <= $1::bigint', 'x.expires_at'),
]
const entries = bite('ledger', 'seq', 'x.until <= $1::bigint', 'x.until')
const receipts = bite('receipts', 'id', 'x.until <= $1::bigint', 'x.until')
const links = bite('links', 'hash', 'x.expires_at <= $1::bigint', 'x.expires_at')
// Of past hours: those that are full again (limits).
const limits = bite('limits', 'key', 'x.hour < $1::bigint / 3600000', 'x.hour')
const past = `DELETE FROM curfew.verifiers_past WHERE at <= $1::bigint`

/** Removes at most `limit` rows that nothing can rest on any more; returns how many it removed. Each bite is a transaction of its own. */
export async function prune(database: Pick<Database, 'run'>, limit: number): Promise<number> {
  const { rows } = await database.run({ text: `SELECT ${clock}, l.horizon, l.max_ttl FROM ${state}`, values: [] })
  const [now, horizon, maxTtl] = present(rows) as readonly [number, number, number]
  let removed = 0
  const step = async (text: string, until: number): Promise<void> => {
    if (removed < limit) removed += (await database.run({ text, values: [until, limit - removed] })).rowCount
  }
  // S3: rows stay until no token of theirs can live, at a verifier with a slow clock either (E3): so by the horizon, not by the clock.
  for (const text of dead) await step(text, Math.min(now, horizon) - maxTtl - margin)
  await step(entries, horizon) // E1: only what the horizon has passed
  await step(receipts, now)
  await step(limits, now)
  await step(links, now)
  await database.run({ text: past, values: [now - day] })
  return removed
}
