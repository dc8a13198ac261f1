import { OAuthError } from '../errors.ts'
import type { World } from '../world.ts'

/** What introspection may take of the process at a time. */
export interface Budget {
  /** Does it in its turn. Refused with 503 when too many wait already. */
  spend<T>(work: () => Promise<T>): Promise<T>
}

/** So many a turn of the event loop: between two turns sign-outs and followers get theirs. */
const aTurn = 16
/** More than a fleet of 16 verifiers without a lease may ask at once (V5: 64 each). */
const mostWaiting = 1024

/**
 * V5: introspection has a budget of its own, below sign-out and follow. When a fleet loses its leases it asks about each request; whatever
 * it asks, a sign-out waits for one turn's worth of it.
 */
export function openIntrospectionBudget({ turn }: Pick<World, 'turn'>): Budget {
  const waiting: (() => void)[] = []
  let isTurning = false

  function next(): void {
    for (const begin of waiting.splice(0, aTurn)) begin()
    isTurning = waiting.length > 0
    if (isTurning) turn(next)
  }

  return {
    spend(work) {
      if (waiting.length >= mostWaiting) {
        const more = { description: 'Too many introspections wait. Ask again.', headers: { 'retry-after': '1' } }
        return Promise.reject(new OAuthError('temporarily_unavailable', 'introspection_budget', more))
      }
      return new Promise((resolve, reject) => {
        waiting.push(() => work().then(resolve, reject))
        if (isTurning) return
        isTurning = true
        turn(next)
      })
    },
  }
}
