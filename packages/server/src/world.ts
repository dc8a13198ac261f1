import type { Instant } from './domain/instant.ts'

/** Everything that the server takes from outside itself: time, timers, the turn of the event loop, chance. Handed in, so that a test or the simulator owns them. */
export interface World {
  /** Wall clock. Only shown, or the start of the store's own clock; nothing that matters for safety compares it. */
  wall(): Instant
  /** Milliseconds that only go forward. Its zero means nothing. */
  monotonic(): number
  /** Runs once after so many milliseconds; returns what calls it off. A real one does not keep the process alive. */
  after(milliseconds: number, run: () => void): () => void
  /** Runs once at the end of this turn of the event loop: what batches are gathered for. */
  turn(run: () => void): void
  /** Unpredictable bytes. */
  random(bytes: number): Uint8Array
}
