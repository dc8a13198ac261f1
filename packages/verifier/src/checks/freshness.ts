import type { AccessTokenClaims } from '../wire/index.ts'

/** Whether the user signed in at most `maxAge` seconds ago. RFC 9470 §3. A token that does not say when is too old. */
export function checkFreshness(claims: AccessTokenClaims, maxAge: number, wall: number): 'authentication_too_old' | undefined {
  return claims.auth_time !== undefined && wall / 1000 - claims.auth_time <= maxAge ? undefined : 'authentication_too_old'
}
