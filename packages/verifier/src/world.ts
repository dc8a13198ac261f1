import { randomBytes } from 'node:crypto'

/** What the verifier takes from outside itself: clocks, timers, chance. A test or a simulator hands in its own. */
export interface World {
  /** Milliseconds that only go forward. Its zero means nothing. */
  monotonic(): number
  /** Milliseconds since 1970. */
  wall(): number
  /** Runs once after so many milliseconds; returns what calls it off. */
  after(milliseconds: number, run: () => void): () => void
  /** Unpredictable bytes. */
  random(bytes: number): Uint8Array
}

/** The machine's own clocks and chance. Its timers do not keep a process alive. */
export const realWorld: World = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    timer.unref()
    return () => clearTimeout(timer)
  },
  random: (bytes) => randomBytes(bytes),
}

/** Keeps the process alive until the returned function is called: for who waits for something that only timers like ours will bring. */
export function stayAlive(): () => void {
  const timer = setInterval(() => {}, 2 ** 30)
  return () => clearInterval(timer)
}
