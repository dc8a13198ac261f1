import { type AccessTokenClaims, type ClaimsProblem, readAccessToken } from '../wire/index.ts'

/** Checks the claims that stay good or bad for as long as the token exists: form, issuer, audience. RFC 9068 §4. */
export function checkClaims(
  payload: Record<string, unknown>,
  expected: { issuer: string; audience: string },
): { claims: AccessTokenClaims } | { problem: ClaimsProblem | 'iss_wrong' | 'aud_wrong' } {
  const claims = readAccessToken(payload)
  if ('problem' in claims) return claims as { problem: ClaimsProblem }
  // RFC 7519 §2 (StringOrURI), RFC 8725 §3.8: the same code points, nothing normalised.
  if (claims.iss !== expected.issuer) return { problem: 'iss_wrong' }
  if (claims.aud !== expected.audience) return { problem: 'aud_wrong' }
  return { claims: freeze(claims) }
}

/** Claims are shared by all requests that bring the same token: nobody may change them for the others. */
function freeze<T extends object>(value: T): T {
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) freeze(each)
  return Object.freeze(value)
}
