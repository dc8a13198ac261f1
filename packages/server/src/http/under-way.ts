import type { World } from '../world.ts'
import type { Handle } from './handle.ts'

/** A handler that knows how many requests it has under way, so that a clean stop lets them finish. */
export interface Counted {
  readonly handle: Handle
  /** Resolves when none is under way, or after so many milliseconds. */
  idle(patience: number): Promise<void>
}

/** Counts what is under way. */
export function countUnderWay(handle: Handle, world: Pick<World, 'after'>): Counted {
  let underWay = 0
  let tell = (): void => undefined
  const done = (): void => {
    underWay -= 1
    if (underWay === 0) tell()
  }
  return {
    handle(incoming) {
      underWay += 1
      const answer = handle(incoming)
      answer.then(done, done)
      return answer
    },
    async idle(patience) {
      if (underWay === 0) return
      await new Promise<void>((resolve) => {
        const callOff = world.after(patience, resolve)
        tell = () => {
          callOff()
          resolve()
        }
      })
    },
  }
}
