// What is waited longer, or remembered longer, so that no two clocks have to agree.

/** D1: how long a lease is waited for: room for clock rates that differ by 2 %, and for reading clocks. */
export function waitFor(leaseMs: number): number {
  return Math.ceil((102 * leaseMs) / 100) + 50
}

/** M3: clocks are read, and tokens minted, a little before a commit. In milliseconds, beyond the longest token. */
export const margin = 60_000

/** D4: a lease is at most a hold and a round trip old when the issuer stops. In milliseconds, beyond the pause. */
export const pauseMargin = 20_000

/** D1: the longest lease, in milliseconds. */
const longestLease = 600_000

/** D1. */
export function checkLease(leaseMs: number): void {
  if (!Number.isInteger(leaseMs) || leaseMs < 1 || leaseMs > longestLease) throw new RangeError('A lease has 1 ms to 10 minutes.')
}
