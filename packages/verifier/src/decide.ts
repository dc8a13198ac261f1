import type { Covering, LedgerCopy } from './ledger-copy/copy.ts'
import type { Lease } from './ledger-copy/lease.ts'
import type { AccessTokenClaims } from './wire/index.ts'
import type { World } from './world.ts'

/** How many seconds `exp` and `nbf` may be off (contract §1). */
export const LEEWAY = 5

/** A token whose form, signature and claims are good. What is left to ask is whether it still lives. */
export type CheckedToken = {
  readonly claims: AccessTokenClaims
  readonly kid: string
  readonly leeway: number
  /** The copy, and its revision, that it was last held against and not covered by. */
  heldBy: LedgerCopy | undefined
  heldAt: number
}

/** Why a checked token is dead. */
export type Death = Covering | 'before_horizon' | 'expired' | 'not_yet_valid'

/** What stands for the lease in V1's block: the lease itself, or the issuer's answer about this one token (V5). */
export type Warrant = Pick<Lease, 'holds'>

/**
 * V1: decides on a checked token in one synchronous block. Nothing here may wait, and the clocks are read after the copy was looked at
 * and just before the lease: a pause at any line ends in a refusal, never in an acceptance from an old look.
 */
export function decide(token: CheckedToken, copy: LedgerCopy, warrant: Warrant, world: World): 'accepted' | 'no_lease' | Death {
  const { claims } = token
  if (claims.exp <= copy.horizon) return 'before_horizon' // E3: entries about it may be forgotten
  if (token.heldBy !== copy || token.heldAt !== copy.revision) {
    const covered = copy.covers(claims, token.kid)
    if (covered !== undefined) return covered
    token.heldBy = copy
    token.heldAt = copy.revision
  }
  const wall = world.wall()
  const monotonic = world.monotonic()
  if (wall >= (claims.exp + token.leeway) * 1000) return 'expired' // RFC 7519 §4.1.4
  if (claims.nbf !== undefined && wall < (claims.nbf - token.leeway) * 1000) return 'not_yet_valid' // RFC 7519 §4.1.5
  return warrant.holds(monotonic, wall) ? 'accepted' : 'no_lease'
}
