import type { Hash } from '../domain/names.ts'
import type { World } from '../world.ts'

/** Keys of which this process was told that nothing is left, and for how long. */
export interface Refusals {
  /** Milliseconds until there is one of each again; 0: not known here, ask the store. */
  left(keys: readonly Hash[]): number
  note(keys: readonly Hash[], milliseconds: number): void
}

/** Keys are an attacker's choice. */
const most = 10_000
/** What was given back meanwhile is learned after so many milliseconds. */
const trusted = 1000

/** Makes the memory. It only ever repeats what the store said a second ago; what it forgets is asked for again. */
export function openRefusals({ monotonic }: Pick<World, 'monotonic'>): Refusals {
  const known = new Map<Hash, { readonly until: number; readonly again: number }>()
  return {
    left(keys) {
      const now = monotonic()
      let longest = 0
      for (const key of keys) {
        const { until, again } = known.get(key) ?? { until: 0, again: 0 }
        if (now < again) longest = Math.max(longest, until - now)
        else known.delete(key)
      }
      return longest
    },
    note(keys, milliseconds) {
      const now = monotonic()
      for (const key of keys) {
        known.delete(key)
        if (known.size >= most) for (const first of known.keys()) if (known.delete(first)) break
        known.set(key, { until: now + milliseconds, again: now + Math.min(milliseconds, trusted) })
      }
    },
  }
}
