import type { Minted } from './access-token.ts'
import type { AuthorizationCode } from './authorization-code.ts'
import { secondsDown } from './instant.ts'
import type { At } from './position.ts'

/**
 * The claims of an ID token. OpenID Connect Core 1.0 §2, §3.1.3.6. `sid` is there for an offline grant as well: it names the sign-in that
 * it tells of, and sign-out by hint wants it. Facts about the person are userinfo's (§5.4).
 */
export function idTokenClaims(
  issuer: string,
  code: AuthorizationCode,
  given: { readonly from: At; readonly minted: Minted; readonly accessTokenHash: string },
): Readonly<Record<string, unknown>> {
  return {
    iss: issuer,
    sub: code.sub,
    aud: code.clientId,
    exp: given.minted.claims.exp,
    iat: secondsDown(given.from.now),
    auth_time: secondsDown(code.authTime),
    ...(code.nonce === undefined ? {} : { nonce: code.nonce }),
    amr: [...code.amr],
    at_hash: given.accessTokenHash,
    sid: code.sid,
  }
}
