import type { Effect } from './effect.ts'
import type { Instant, Seconds } from './instant.ts'
import type { Hash } from './names.ts'
import type { At } from './position.ts'

/** So many at once, and then one more every so many seconds. */
export interface Rate {
  readonly burst: number
  readonly every: Seconds
}

/** One thing that is counted: its key in the store, and how often it may be. */
export interface Counted {
  readonly key: Hash
  readonly rate: Rate
}

/** What a try came to. `until`: by the store's clock, when the next one is let in. */
export type Throttled =
  | { readonly outcome: 'let_in'; readonly effects: readonly Effect[] }
  /** `full`: the keys of which nothing is left. */
  | { readonly outcome: 'wait'; readonly until: Instant; readonly full: readonly Hash[]; readonly effects: readonly [] }

/** What is kept of a key: the theoretical arrival time of GCRA, the time from which on it is as if nobody had tried. */
export type Arrivals = ReadonlyMap<Hash, Instant>

/**
 * Takes one try of each that is counted, or none where any has none left: who is refused pushes nobody's wait further away. The wait is never
 * longer than one interval, and what is counted is full again after `burst` intervals: nobody is locked out for good (LG-2).
 */
export function take(held: Arrivals, counted: readonly Counted[], at: At): Throttled {
  const until = waitUntil(held, counted, at.now)
  const full = counted.filter((one) => waitUntil(held, [one], at.now) > at.now).map(({ key }) => key)
  if (full.length > 0) return { outcome: 'wait', until, full, effects: [] }
  return {
    outcome: 'let_in',
    effects: counted.map((one) => ({ do: 'throttle', key: one.key, arrival: arrivalOf(held, one, at.now) + interval(one) })),
  }
}

/** Counts what has failed already, whether or not any is left: at most up to what is full. */
export function count(held: Arrivals, counted: readonly Counted[], at: At): readonly Effect[] {
  return counted.map((one) => ({
    do: 'throttle',
    key: one.key,
    arrival: Math.min(arrivalOf(held, one, at.now) + interval(one), at.now + interval(one) * one.rate.burst),
  }))
}

/** When the next try is let in; not after `now` where one is now. */
export function waitUntil(held: Arrivals, counted: readonly Counted[], now: Instant): Instant {
  return Math.max(...counted.map((one) => arrivalOf(held, one, now) - interval(one) * (one.rate.burst - 1)), 0)
}

/** Gives back what a try took that was a good one: signing in often is no attack on one's own account. */
export function giveBack(counted: readonly Counted[]): readonly Effect[] {
  return counted.map((one) => ({ do: 'giveBack', key: one.key, by: interval(one) }))
}

/** Never further away than a rate allows: a rate that was made smaller, or a clock that was set back, locks nobody out. */
function arrivalOf(held: Arrivals, one: Counted, now: Instant): Instant {
  return Math.min(Math.max(held.get(one.key) ?? 0, now), now + interval(one) * one.rate.burst)
}

function interval({ rate }: Counted): number {
  return Math.ceil(rate.every * 1000)
}
