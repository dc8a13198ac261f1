import type { KeySet } from '../key-set.ts'
import type { FollowAnswer } from '../wire/index.ts'
import type { LedgerCopy } from './copy.ts'
import type { Lease, Sent } from './lease.ts'
import type { Signals } from './signals.ts'

/** What a verifier stands on: its copy, replaced when it starts cold, and its lease. */
export type Standing = { copy: LedgerCopy; readonly lease: Lease }

/** What hears of the entries of an answer. */
export type Hearers = { signals: Signals; keys: Pick<KeySet, 'drop'> }

/**
 * V3: works an answer in, whole and in this order: entries and signals, then the number, the horizon, and last the lease. Synchronous:
 * no verdict falls between two of these lines.
 */
export function takeAnswer(answer: FollowAnswer, sent: Sent, standing: Standing, hearers: Hearers): void {
  const { copy, lease } = standing
  copy.take(answer.entries)
  hearers.signals.fire(answer.entries, copy)
  for (const entry of answer.entries) if ('ended' in entry && 'kid' in entry.ended) hearers.keys.drop(entry.ended.kid)
  copy.advance(answer.up_to, answer.horizon)
  hearers.signals.advance(copy.horizon)
  lease.extend(sent, answer.lease) // V4; F5: 0 for a part of the ledger
}
