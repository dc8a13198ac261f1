// What is waited longer, or remembered longer, so that no two clocks have to agree.

/** D1: how long a lease is waited for: room for clock rates that differ by 2 %, and for reading clocks. */
export function waitFor(leaseMs: number): number {
  return Math.ceil((102 * leaseMs) / 100) + 50
}

/** M3: clocks are read, and tokens minted, a little before a commit. In milliseconds, beyond the longest token. */
export const margin = 60_000
