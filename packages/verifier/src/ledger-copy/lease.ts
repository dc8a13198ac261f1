/** Both clocks, read before a request was sent. */
export type Sent = { readonly monotonic: number; readonly wall: number }

/** How long the copy of the ledger may be trusted. */
export interface Lease {
  /** V4: a lease of so many milliseconds, counted from the sending of the request that it answers. */
  extend(sent: Sent, milliseconds: number): void
  /** V6: whether it runs by both of these clocks, which the caller has just read. */
  holds(monotonic: number, wall: number): boolean
  /** Milliseconds that are left; 0 when there is none. */
  left(monotonic: number, wall: number): number
  /** V8, V9: gone, until an answer gives a new one. */
  drop(): void
  /** V7: gone for good. */
  giveUp(): void
  /** Whether there ever was one since the start or the last drop: a verifier is cold without (V10). */
  wasHeld(): boolean
}

/** Makes a lease that does not run. */
export function makeLease(): Lease {
  let monotonicEnd = Number.NEGATIVE_INFINITY
  let wallEnd = Number.NEGATIVE_INFINITY
  let isOver = false
  const drop = () => {
    monotonicEnd = Number.NEGATIVE_INFINITY
    wallEnd = Number.NEGATIVE_INFINITY
  }
  return {
    extend(sent, milliseconds) {
      const end = sent.monotonic + milliseconds
      if (isOver || milliseconds <= 0 || end <= monotonicEnd) return // V4: the later end; a late answer takes nothing back
      // V6: the two ends are of one answer, so a wall clock that was set back since an older one leaves no end far ahead.
      monotonicEnd = end
      wallEnd = sent.wall + milliseconds
    },
    holds: (monotonic, wall) => monotonic < monotonicEnd && wall < wallEnd, // V6: either one ends it
    left: (monotonic, wall) => Math.max(0, Math.min(monotonicEnd - monotonic, wallEnd - wall)),
    drop,
    giveUp() {
      drop()
      isOver = true
    },
    wasHeld: () => monotonicEnd > Number.NEGATIVE_INFINITY,
  }
}
