import { type Entry, readEntry } from './entry.ts'
import { isCount, isObject } from './form.ts'

/** The version of the follow protocol that this package speaks. */
export const FOLLOW_VERSION = 1

/** The longest lease that any issuer gives (protocol, constants: `D` is at most ten minutes), in milliseconds. */
export const MAX_LEASE = 600_000

/** The most entries in one answer (F5). */
export const MAX_ENTRIES = 10_000

/** What a verifier does with good tokens while it has no lease (V5, V10). */
export type OnLeaseLost = 'introspect' | 'refuse' | 'accept'

/**
 * `POST /ledger/follow`: acknowledges `after`, asks for what is newer, renews the lease. `hold` in milliseconds. `spare`: it does none of this but
 * waits at the issuer in case a message gets lost (F8).
 */
export type FollowRequest = { version: number; id: string; after: number; hold: number; on_lease_lost: OnLeaseLost; spare?: true }

/**
 * The answer: the entries in (`after`, `up_to`]; `horizon` in seconds since 1970; `lease` in milliseconds from the request's sending. `spares`: how
 * many spare requests the issuer wants (F8); none where it is missing.
 */
export type FollowAnswer = { version: 1; entries: Entry[]; up_to: number; horizon: number; lease: number; spares?: number }

/** `POST /ledger/release`: a verifier that has given up its lease for good (V7). */
export type ReleaseRequest = { version: number; id: string }

const verifierId = /^[A-Za-z0-9_-]{16,64}$/

/** Reads a follow request. */
export function readFollowRequest(value: unknown): FollowRequest | { problem: string } {
  const released = readReleaseRequest(value)
  if ('problem' in released) return released
  const { after, hold, on_lease_lost, spare } = value as Record<string, unknown>
  if (!isCount(after)) return { problem: 'after: a whole number is needed, the last number that was applied, 0 when cold' }
  if (!isCount(hold)) return { problem: 'hold: a whole number of milliseconds is needed' }
  if (on_lease_lost !== 'introspect' && on_lease_lost !== 'refuse' && on_lease_lost !== 'accept') {
    return { problem: 'on_lease_lost: one of introspect, refuse, accept is needed' }
  }
  if (spare !== undefined && spare !== true) return { problem: 'spare: true, or nothing' }
  return { ...released, after, hold, on_lease_lost, ...(spare && { spare }) }
}

/** Reads a release request. */
export function readReleaseRequest(value: unknown): ReleaseRequest | { problem: string } {
  if (!isObject(value)) return { problem: 'a JSON object is needed' }
  const { version, id } = value
  if (version !== FOLLOW_VERSION) return { problem: `version: ${FOLLOW_VERSION} is the only one that is spoken here` }
  if (typeof id !== 'string' || !verifierId.test(id)) return { problem: 'id: 16 to 64 base64url characters are needed' }
  return { version, id }
}

/** Reads an answer to a follow request. `unknown` says that it is of a later version than this verifier understands (V9). */
export function readFollowAnswer(value: unknown): FollowAnswer | { problem: string; unknown?: true } {
  if (!isObject(value)) return { problem: 'the answer is not a JSON object' }
  const { version, entries, up_to, horizon, lease } = value
  if (version !== FOLLOW_VERSION) return { problem: 'the answer has a version that this verifier does not know', unknown: true }
  if (!Array.isArray(entries) || entries.length > MAX_ENTRIES) return { problem: 'entries: not a list of at most 10,000' }
  if (!isCount(up_to)) return { problem: 'up_to: not a whole number' }
  if (!isCount(horizon)) return { problem: 'horizon: not a whole number of seconds' }
  if (!isCount(lease) || lease > MAX_LEASE) return { problem: 'lease: not a whole number of milliseconds up to ten minutes' }
  const read: Entry[] = []
  let last = 0
  for (const each of entries) {
    const entry = readEntry(each)
    if (entry === undefined) return { problem: 'the answer has an entry that this verifier does not know', unknown: true }
    if (entry.seq <= last || entry.seq > up_to) return { problem: 'entries: not in ascending order up to up_to' }
    last = entry.seq
    read.push(entry)
  }
  return { version: FOLLOW_VERSION, entries: read, up_to, horizon, lease }
}
