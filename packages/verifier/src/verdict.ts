import { listOf, type Rights } from './checks/scope.ts'
import type { RefusalReason, RightsReason, UnavailableReason } from './reasons.ts'
import type { AccessTokenClaims } from './wire/index.ts'

/** What a verifier says about one request. A value: nothing is thrown for a bad token. */
export type Verdict<Claims extends object = object> = Accepted<Claims> | Refused | Unavailable

/** The token is good at this moment. */
export type Accepted<Claims extends object = object> = {
  readonly outcome: 'accepted'
  /** Frozen, and without a prototype. */
  readonly claims: AccessTokenClaims & Claims
  /** Aborts when the session, the grant or the token ends, is cut, or expires: for event streams and sockets. */
  readonly signal: AbortSignal
  /** Whether it is still good now: to be asked just before work that cannot be undone. */
  valid(): boolean
  /** Why it is, or is not, accepted now. */
  explain(): Explanation
}

/** What the caller is told: nothing that helps to guess. */
export type WireAnswer = {
  readonly status: 401 | 403 | 503
  /** The code of RFC 6750 §3.1, RFC 9470 §3, or `temporarily_unavailable`. */
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  readonly description: string
}

/** The request is refused. `reason` and `detail` are for the log; the rest is for the caller. */
export type Refused = { readonly outcome: 'refused'; readonly reason: RefusalReason; readonly detail?: string } & WireAnswer

/** Nothing can be said about the token now: there is no lease, and the issuer does not answer. Never an acceptance. */
export type Unavailable = { readonly outcome: 'unavailable'; readonly reason: UnavailableReason; readonly detail?: string } & WireAnswer

/** Why a verifier would accept or refuse a token, by which rule, and how old its knowledge is. */
export type Explanation = {
  outcome: Verdict['outcome']
  reason?: RefusalReason | UnavailableReason
  rule: string
  /** What is so, in words. */
  why: string
  /** What to do about it. */
  todo: string
  /** The ledger number that the copy is at. */
  position: number
  /** Milliseconds that are left of the lease; 0 is none. */
  leaseLeft: number
  /** Seconds since 1970: tokens that expire here or before are dead. */
  horizon: number
  claims?: AccessTokenClaims
  /** All of it, line by line, as `curfew inspect` says it. */
  facts: readonly { readonly what: string; readonly is: string }[]
}

/** What a request must have besides a good token. */
export type Requirements = Rights & {
  /** Seconds since the user signed in, at most (RFC 9470). */
  maxAge?: number
}

/** What every refusal of one verifier says. `resourceMetadata`: RFC 9728 §5.1. */
export type Challenge = { realm: string; resourceMetadata?: string | undefined }

const descriptions = {
  missing: 'An access token is needed.',
  invalid_token: 'The access token is malformed, expired or revoked, or is not meant for this service.',
  insufficient_scope: 'The access token does not have the rights that this needs.',
  insufficient_user_authentication: 'A more recent sign-in is needed.',
  temporarily_unavailable: 'Access tokens cannot be checked at this moment. Try again.',
} as const

/** Makes a refusal: a precise reason for the log, a vague answer for the caller (RFC 6750 §3). */
export function refuse(reason: RefusalReason, challenge: Challenge, needed: Requirements = {}, detail?: string): Refused {
  const told = { outcome: 'refused', reason, ...(detail !== undefined && { detail }) } as const
  // RFC 6750 §3.1: a request without any credentials is told of no error.
  if (reason === 'no_token' || reason === 'scheme_wrong') {
    return { ...told, status: 401, code: 'invalid_token', ...answer(challenge, undefined, descriptions.missing) }
  }
  if (reason === 'authentication_too_old') {
    const code = 'insufficient_user_authentication'
    return { ...told, status: 401, code, ...answer(challenge, code, descriptions[code], { max_age: String(needed.maxAge) }) }
  }
  if (isAboutRights(reason)) {
    const code = 'insufficient_scope'
    const scope = needed.scope === undefined ? undefined : listOf(needed.scope).join(' ')
    return { ...told, status: 403, code, ...answer(challenge, code, descriptions[code], { scope }) }
  }
  return { ...told, status: 401, code: 'invalid_token', ...answer(challenge, 'invalid_token', descriptions.invalid_token) }
}

/** Makes the answer for when nothing can be said: try again (V5). */
export function unavailable(reason: UnavailableReason, detail?: string): Unavailable {
  const code = 'temporarily_unavailable'
  const headers = { 'Retry-After': '1' }
  return {
    ...{ outcome: 'unavailable', reason, ...(detail !== undefined && { detail }) },
    ...{ status: 503, code, headers, description: descriptions[code] },
  }
}

function isAboutRights(reason: RefusalReason): reason is RightsReason {
  return reason === 'scope_missing' || reason === 'role_missing' || reason === 'user_missing'
}

function answer(challenge: Challenge, error: string | undefined, description: string, more: Record<string, string | undefined> = {}) {
  const parameters = {
    realm: challenge.realm,
    error,
    error_description: error && description,
    ...more,
    resource_metadata: challenge.resourceMetadata,
  }
  const said = Object.entries(parameters).filter(([, value]) => value !== undefined)
  // RFC 6750 §3; RFC 9110 §11.2: quoted strings of printable ASCII.
  const text = said.map(([name, value]) => `${name}="${String(value).replace(/[^ -~]|["\\]/g, '')}"`).join(', ')
  return { headers: { 'WWW-Authenticate': `Bearer ${text}` }, description }
}
