import type { Grant } from '../../domain/grant.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Session } from '../../domain/session.ts'
import type { User } from '../../domain/user.ts'
import type { Issuer } from '../store.ts'

/** SQL: a session `s` of the user `u` lives: not ended, not cut (P2), not expired; `t.now` is the clock, `i` the issuer's marks. */
export const liveSession = `s.ended_seq IS NULL AND s.idle_expires_at > t.now AND s.expires_at > t.now AND s.pos >= greatest(u.cut, i.cut)`
/** SQL: a grant `g` of the user `u` and the client `c` lives, as far as it is by itself. */
export const liveGrant = `g.ended_seq IS NULL AND g.idle_expires_at > t.now AND g.expires_at > t.now AND g.pos >= greatest(u.cut, c.cut, i.cut)`

/** The same of rows that were loaded under a lock, by the transaction's own clock. `clientCut`: of the grant's client. */
export function lives(
  row: Session | Grant,
  { user, clientCut, issuer, now }: { user: Pick<User, 'cut'>; clientCut?: number; issuer: Issuer; now: Instant },
): boolean {
  const isOver = row.endedSeq !== undefined || row.idleExpiresAt <= now || row.expiresAt <= now
  return !isOver && row.pos >= Math.max(user.cut, clientCut ?? 0, issuer.cut)
}
