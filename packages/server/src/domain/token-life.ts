import type { AccessTokenClaims } from '@curfew/verifier/wire'
import type { Client } from './client.ts'
import type { Grant } from './grant.ts'
import { type At, isCut, isStale } from './position.ts'
import type { Session } from './session.ts'
import type { User } from './user.ts'

/** What the database says about a token. The precise word is for logs and `inspect`. */
export type TokenLife = 'live' | 'expired' | 'session_ended' | 'grant_ended' | 'token_ended' | 'cut' | 'stale' | 'unknown' | 'disabled'

/**
 * Covered, applied to the database: rows, stored `cut` and `stale`, the ledger for `jti` (M2). Newer than any copy; good for introspection
 * and for the issuer's own endpoints.
 */
export function tokenLife(
  claims: AccessTokenClaims,
  rows: {
    readonly session: Session | undefined
    readonly grant: Grant | undefined
    readonly user: User | undefined
    readonly client: Client | undefined
    readonly issuer: { readonly cut: number; readonly stale: number }
    readonly endedSeq: number | undefined
    readonly horizon: number
  },
  at: At,
): TokenLife {
  const { session, grant, user, client, issuer } = rows
  if (claims.exp * 1000 <= at.now || claims.exp * 1000 <= rows.horizon) return 'expired' // E3
  if (rows.endedSeq !== undefined) return 'token_ended'
  if (!client || client.disabled) return 'unknown'
  if (claims.sid !== undefined) {
    if (!session) return 'unknown'
    if (session.endedSeq !== undefined) return 'session_ended'
  }
  if (claims.gid !== undefined && !grant) return 'unknown'
  if (grant?.endedSeq !== undefined) return 'grant_ended'
  if (claims.usr !== undefined && (!user || user.deleted)) return 'unknown'
  if (user?.disabled) return 'disabled'
  if (isCut(claims.pos, { user: user?.cut ?? 0, client: client.cut, issuer: issuer.cut })) return 'cut'
  if (isStale(claims.seq, { user: user?.stale ?? 0, client: client.stale, issuer: issuer.stale })) return 'stale'
  return 'live'
}
