import type { Instant, Seconds } from './instant.ts'
import type { Hash, Subject } from './names.ts'
import { isCut } from './position.ts'
import type { User } from './user.ts'

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

/** How long each is good: PR-1 allows an hour. A sign-in is waited for by somebody who sits there. */
export const linkLifetimes: Readonly<Record<LinkPurpose, Seconds>> = { reset: 1800, verify: 3600, sign_in: 900 }

/** Whether a link may be used now, by whom it was sent to. It died if anything cut its user, or everybody, since it was asked for (P2). */
export function isGoodLink(
  link: MailedLink | undefined,
  purpose: LinkPurpose,
  held: { readonly user: User | undefined; readonly issuer: { readonly cut: number } },
  now: Instant,
): link is MailedLink {
  const { user, issuer } = held
  if (!link || !user || user.deleted || user.disabled || link.purpose !== purpose || now >= link.expiresAt) return false
  if (isCut(link.pos, { user: user.cut, issuer: issuer.cut })) return false
  if (purpose === 'verify') return true // an address that is not theirs yet
  // One that is no longer theirs opens nothing.
  return link.mail === user.mail && isReachable(user, purpose)
}

/**
 * Whether mail to a user's address reaches who they are: it was verified. For a new password it is enough that it is the name that they took:
 * whoever took a stranger's address loses all by it, the password too. A sign-in would leave them in.
 */
export function isReachable(user: User | undefined, purpose: 'reset' | 'sign_in'): user is User & { readonly mail: string } {
  if (!user || user.deleted || user.disabled || user.mail === undefined) return false
  return user.mailVerified === true || (purpose === 'reset' && user.identifier === user.mail)
}
