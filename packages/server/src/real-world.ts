import { randomBytes } from 'node:crypto'
import type { World } from './world.ts'

/** Keeps the process alive, as the timers of this world do not; gives back how to let go. */
export function stayAlive(): () => void {
  const timer = setInterval(() => undefined, 1 << 30)
  return () => clearInterval(timer)
}

/** The world that a running server has. */
export function realWorld(): World {
  return {
    wall: () => Date.now(),
    monotonic: () => performance.now(),
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds)
      timer.unref()
      return () => clearTimeout(timer)
    },
    // Right after the requests that came in together were read.
    turn: (run) => void setImmediate(run),
    random: (bytes) => randomBytes(bytes),
  }
}
