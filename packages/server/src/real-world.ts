import { randomBytes } from 'node:crypto'
import type { World } from './world.ts'

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
