import { type Entry, FOLLOW_VERSION, type FollowAnswer } from '@curfew/verifier/wire'
import { type Instant, secondsDown } from '../domain/instant.ts'
import type { Followed } from '../use-cases/needs.ts'

/** What an answer is made of. */
export interface Contents {
  readonly after: number
  readonly entries: readonly Entry[]
  readonly upTo: number
  readonly horizon: Instant
  readonly lease: number
}

/** Characters of answers that are kept for one state of the copy. */
const MOST = 4_000_000

/**
 * Makes the bytes of an answer once for all who get the same: they stand at the same place, and get the same lease. `source` is what it
 * was read from (a state of the copy, a page); with it the bytes go. `spares`: how many each is asked to keep here (F8).
 */
export function shareAnswers(spares: number): (source: object, contents: Contents) => Followed {
  const made = new WeakMap<object, { size: number; readonly answers: Map<string, Followed> }>()
  return (source, { after, entries, upTo, horizon, lease }) => {
    const kept = made.get(source) ?? { size: 0, answers: new Map() }
    made.set(source, kept)
    const key = `${after} ${lease}`
    const known = kept.answers.get(key)
    if (known) return known
    const [read, seconds] = [entries as Entry[], secondsDown(horizon)]
    const answer: FollowAnswer = { version: FOLLOW_VERSION, entries: read, up_to: upTo, horizon: seconds, lease, spares }
    const bytes = Buffer.from(JSON.stringify(answer))
    const followed: Followed = { outcome: 'answer', answer, bytes }
    kept.size += bytes.length
    if (kept.size <= MOST) kept.answers.set(key, followed)
    return followed
  }
}
