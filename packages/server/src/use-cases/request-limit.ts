import { maybeEverybody, networkIn } from '../domain/caller.ts'
import { take } from '../domain/limit.ts'
import type { Settings } from '../domain/settings.ts'
import type { World } from '../world.ts'
import { tooMany } from './limiter.ts'

/** Networks are an attacker's choice. */
const most = 20_000

/**
 * Makes the limit of what costs little, and needs nobody signed in: each process counts for itself, in memory, so that it costs nothing
 * (RL-1). Beyond so many networks at a time the one that came first is forgotten.
 */
export function openRequestLimit(
  { limits, proxies }: Pick<Settings, 'limits' | 'proxies'>,
  { monotonic }: Pick<World, 'monotonic'>,
): (address: string | undefined) => void {
  if (limits === false) return () => undefined
  const rate = limits.requests
  const arrivals = new Map<string, number>()
  return (address) => {
    if (maybeEverybody(address, proxies)) return
    const key = networkIn(address)
    const now = monotonic()
    const came = take(arrivals, [{ key, rate }], { now, head: 0 })
    if (came.outcome === 'wait') throw tooMany(came.until - now)
    arrivals.delete(key)
    if (arrivals.size >= most) for (const first of arrivals.keys()) if (arrivals.delete(first)) break
    for (const effect of came.effects) if (effect.do === 'throttle') arrivals.set(effect.key, effect.arrival)
  }
}
