import { isCount, isName } from './form.ts'

/** The `typ` of an access token. RFC 9068 §2.1. */
export const ACCESS_TOKEN_TYP = 'at+jwt'

/** The claims of an access token (contract §3, RFC 9068 §2.2); times in seconds since 1970. Further claims are the application's own. */
export type AccessTokenClaims = {
  iss: string
  sub: string
  /** The user row's id, which the ledger names; in user tokens only. */
  usr?: string
  /** Exactly one (contract §2). */
  aud: string
  client_id: string
  scope?: string
  jti: string
  iat: number
  exp: number
  nbf?: number
  /** Only if the token dies with the session (P3). */
  sid?: string
  gid?: string
  /** Where the ledger stood when the grant was born (P1). */
  pos: number
  /** Where the ledger stood when the rights were read (P5). */
  seq: number
  auth_time?: number
  acr?: string
  amr?: string[]
  roles?: string[]
  groups?: string[]
  entitlements?: string[]
  /** Bound to a key. RFC 7800 §3.1. */
  cnf?: Record<string, unknown>
  [claim: string]: unknown
}

/** Which claim has not the form that it must have. */
export type ClaimsProblem = `${string}_malformed`

const texts = ['iss', 'sub', 'aud'] as const
const names = ['client_id', 'jti'] as const
const optionalNames = ['usr', 'sid', 'gid'] as const
const counts = ['iat', 'exp', 'pos', 'seq'] as const
const optionalCounts = ['nbf', 'auth_time'] as const
const lists = ['amr', 'roles', 'groups', 'entitlements'] as const

/**
 * Reads the claims of an access token: their form only, whether they are good is for the checks. Strict on purpose: a number that is a
 * text or has a fraction, or an `aud` that is a list, is no token of ours. A token without `pos` or `seq` is refused (Covered).
 */
export function readAccessToken(payload: Record<string, unknown>): AccessTokenClaims | { problem: ClaimsProblem } {
  for (const name of texts) if (typeof payload[name] !== 'string' || payload[name] === '') return { problem: `${name}_malformed` }
  for (const name of names) if (!isName(payload[name])) return { problem: `${name}_malformed` }
  for (const name of counts) if (!isCount(payload[name])) return { problem: `${name}_malformed` }
  for (const name of optionalNames) if (payload[name] !== undefined && !isName(payload[name])) return { problem: `${name}_malformed` }
  for (const name of optionalCounts) if (payload[name] !== undefined && !isCount(payload[name])) return { problem: `${name}_malformed` }
  for (const name of lists) if (payload[name] !== undefined && !isListOfTexts(payload[name])) return { problem: `${name}_malformed` }
  const { scope, acr, cnf } = payload
  if (scope !== undefined && typeof scope !== 'string') return { problem: 'scope_malformed' } // RFC 8693 §4.2: one text, never a list
  if (acr !== undefined && typeof acr !== 'string') return { problem: 'acr_malformed' }
  if (cnf !== undefined && (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf))) return { problem: 'cnf_malformed' }
  return payload as AccessTokenClaims
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}
