import { randomBytes } from 'node:crypto'
import type { World } from '../world.ts'

/** A world whose time only goes on when it is told to. */
export type TestClock = World & {
  /** Lets so many milliseconds pass, on both clocks: timers run in order, and what waits for them gets its turn. */
  advance(milliseconds: number): Promise<void>
  /** The machine sleeps: the wall clock goes on, the monotonic one and timers stand still. */
  suspend(milliseconds: number): void
  /** Somebody sets the wall clock, by so many milliseconds. */
  setWallBy(milliseconds: number): void
}

/** Makes a clock that stands at a moment (milliseconds since 1970). */
export function makeTestClock(start = 1_764_000_000_000): TestClock {
  let monotonic = 1_000
  let wall = start
  let timers: { at: number; run: () => void }[] = []
  // Promises of promises: a few turns are enough for whatever hangs on a timer.
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    monotonic: () => monotonic,
    wall: () => wall,
    random: (bytes) => randomBytes(bytes),
    after(milliseconds, run) {
      const timer = { at: monotonic + Math.ceil(milliseconds), run }
      timers.push(timer)
      return () => {
        timers = timers.filter((each) => each !== timer)
      }
    },
    async advance(milliseconds) {
      const end = monotonic + milliseconds
      await settle()
      for (;;) {
        const next = timers.filter((timer) => timer.at <= end).sort((one, other) => one.at - other.at)[0]
        if (next === undefined) break
        timers = timers.filter((each) => each !== next)
        wall += Math.max(0, next.at - monotonic)
        monotonic = Math.max(monotonic, next.at)
        next.run()
        await settle()
      }
      wall += end - monotonic
      monotonic = end
      await settle()
    },
    suspend(milliseconds) {
      wall += milliseconds
    },
    setWallBy(milliseconds) {
      wall += milliseconds
    },
  }
}
