import type { Instant } from './instant.ts'
import type { ClientId, Hash, SessionId, Subject, UserId } from './names.ts'

/** Why something ended; for people and logs, never in the ledger (protocol.md, Entries). */
export type Reason =
  | 'signed_out'
  | 'replaced'
  | 'device_limit'
  | 'password_changed'
  | 'revoked'
  | 'replay'
  | 'code_reuse'
  | 'disabled'
  | 'deleted'
  | 'consent_withdrawn'
  | 'admin'
  | 'restored'

/** One sign-in of one user on one device. */
export interface Session {
  readonly sid: SessionId
  readonly sub: Subject
  readonly usr: UserId
  /** Born at (P1). */
  readonly pos: number
  /** The client for which it was signed in. */
  readonly clientId: ClientId
  /** SHA-256 of the browser's cookie; undefined in token mode. */
  readonly cookie?: Hash
  readonly device?: string
  readonly address?: string
  readonly authTime: Instant
  readonly amr: readonly string[]
  readonly createdAt: Instant
  readonly lastUsedAt: Instant
  readonly idleExpiresAt: Instant
  readonly expiresAt: Instant
  readonly endedSeq?: number
  readonly endedAt?: Instant
  readonly endedWhy?: Reason
}
