import type { Instant } from './instant.ts'
import type { Hash, Subject } from './names.ts'

/** What a mailed link is good for. */
export type LinkPurpose = 'reset' | 'verify' | 'sign_in'

/** A link that was mailed, as stored: by the hash of its secret, with all that it is bound to (PR-1). One a user and purpose: the newest wins. */
export interface MailedLink {
  readonly hash: Hash
  readonly sub: Subject
  readonly purpose: LinkPurpose
  /** The address that it was sent to: what using it proves. */
  readonly mail: string
  /** Of the request for it (P1): a cut since then has ended it. */
  readonly pos: number
  readonly createdAt: Instant
  readonly expiresAt: Instant
}
