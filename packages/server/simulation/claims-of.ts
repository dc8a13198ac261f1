import type { AccessTokenClaims } from '@curfew/verifier/wire'

/** What a token says, unchecked: for the simulator's own notes. */
export function claimsOf(token: string): AccessTokenClaims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
