import { makeAsking, stands } from './asking.ts'
import { decide } from './decide.ts'
import { makeKeySet } from './key-set.ts'
import { makeCopy } from './ledger-copy/copy.ts'
import { makeFollower, makeVerifierId } from './ledger-copy/follower.ts'
import { makeLease } from './ledger-copy/lease.ts'
import { makeSignals } from './ledger-copy/signals.ts'
import { takeAnswer } from './ledger-copy/take-answer.ts'
import { timing } from './ledger-copy/timing.ts'
import { makeTokenCache } from './token-cache.ts'
import { readFollowAnswer } from './wire/index.ts'

/** What a verifier is made of, each a function or a plain object, so that a simulator can put in one that breaks a rule. */
export type VerifierParts = {
  /** V1, E3. */
  decide: typeof decide
  /** V5, V6: how long the issuer's answer about one token counts. */
  stands: typeof stands
  /** V3 (nothing goes back), Covered, E3 (forgetting). */
  makeCopy: typeof makeCopy
  /** V4, V6, V10. */
  makeLease: typeof makeLease
  /** V3: the order of work. */
  takeAnswer: typeof takeAnswer
  /** V2. */
  makeVerifierId: typeof makeVerifierId
  /** D2. */
  timing: typeof timing
  /** V9: what is not understood. */
  readFollowAnswer: typeof readFollowAnswer
  /** V7, V8, V9. */
  makeFollower: typeof makeFollower
  /** V5. */
  makeAsking: typeof makeAsking
  makeKeySet: typeof makeKeySet
  makeSignals: typeof makeSignals
  makeTokenCache: typeof makeTokenCache
}

/** The parts that keep every rule. */
export const soundParts: VerifierParts = {
  decide,
  stands,
  makeCopy,
  makeLease,
  takeAnswer,
  makeVerifierId,
  timing,
  readFollowAnswer,
  makeFollower,
  makeAsking,
  makeKeySet,
  makeSignals,
  makeTokenCache,
}
