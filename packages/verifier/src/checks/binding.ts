import type { AccessTokenClaims } from '../wire/index.ts'

/**
 * A token that is bound to a key is no bearer token: without the proof that RFC 9449 §7.1 or RFC 8705 §3 ask for, it is refused, whatever
 * the members of `cnf` are. Proofs are not checked by this version, so no bound token is accepted.
 */
export function checkBinding(claims: AccessTokenClaims): 'cnf_unproved' | undefined {
  return claims.cnf === undefined ? undefined : 'cnf_unproved'
}
