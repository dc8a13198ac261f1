import { OAuthError } from '../errors.ts'
import type { HttpRequest } from './request.ts'

/** The token of `Authorization: Bearer …`; undefined without one: another scheme may be the password of a proxy. What is no token is 401, and is never passed over for a cookie. */
export function readBearer(request: Pick<HttpRequest, 'headers'>): string | undefined {
  const header = request.headers.authorization
  if (header === undefined || !/^Bearer(?: |$)/i.test(header)) return undefined
  const token = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header)?.[1] // RFC 6750 §2.1
  if (token === undefined || token.length > 16_384) throw badToken('authorization_malformed')
  return token
}

/** 401 for a token that is not good; why is for the log only (RFC 6750 §3.1). */
export function badToken(reason: string): OAuthError {
  return new OAuthError('invalid_token', reason, { description: 'The access token is not good, or not any more.' })
}

/** 401 for a request that came without any credential: the challenge names no error then (RFC 6750 §3). */
export function notSignedIn(): OAuthError {
  return new OAuthError('invalid_token', 'no_credential', {
    description: 'Nobody is signed in. Sign in first.',
    headers: { 'www-authenticate': 'Bearer' },
  })
}

/** 403 for a good token that does not reach this far (RFC 6750 §3.1). */
export function insufficientScope(scope: string): OAuthError {
  return new OAuthError('insufficient_scope', 'scope_missing', {
    description: `This needs a token of a client with the scope ${scope}.`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  })
}
