import type { Instant } from './instant.ts'
import type { ClientId, GrantId, SessionId, Subject, UserId } from './names.ts'
import type { Reason } from './session.ts'

/** What one client got under a session, or for itself while the user is away (`offline_access`). */
export interface Grant {
  readonly gid: GrantId
  /** The session under which it was given. */
  readonly sid: SessionId
  /** It outlives its session: `offline_access`. Its tokens carry no `sid` (P3). */
  readonly offline: boolean
  readonly sub: Subject
  readonly usr: UserId
  readonly clientId: ClientId
  /** What was consented, space-separated; rights are read at each mint (P5). */
  readonly scope: string
  readonly audience: string
  /** Born at (P1): the claim `pos` of each of its tokens. */
  readonly pos: number
  /** Of the refresh token; 0 for the first. */
  readonly generation: number
  readonly rotatedAt: Instant
  readonly authTime: Instant
  readonly amr: readonly string[]
  readonly device?: string
  readonly createdAt: Instant
  readonly lastUsedAt: Instant
  readonly idleExpiresAt: Instant
  readonly expiresAt: Instant
  readonly endedSeq?: number
  readonly endedAt?: Instant
  readonly endedWhy?: Reason
}
