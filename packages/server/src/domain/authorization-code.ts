import type { Instant, Seconds } from './instant.ts'
import type { ClientId, GrantId, Hash, SessionId, Subject, UserId } from './names.ts'

/** RFC 6749 §4.1.2 recommends ten minutes at most; AZ-14 wants one. */
export const codeLifetime: Seconds = 60

/** An authorization code as stored: by its hash, with all that it is bound to (RFC 6749 §4.1.2, RFC 7636 §4.4). */
export interface AuthorizationCode {
  readonly hash: Hash
  readonly clientId: ClientId
  readonly redirectUri: string
  /** S256 challenge. */
  readonly challenge: string
  readonly sid: SessionId
  readonly sub: Subject
  readonly usr: UserId
  readonly scope: string
  readonly audience: string
  /** Of the authorization request that it came from (P1). */
  readonly pos: number
  readonly nonce?: string
  readonly authTime: Instant
  readonly amr: readonly string[]
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** Set when it was redeemed. */
  readonly gid?: GrantId
}
