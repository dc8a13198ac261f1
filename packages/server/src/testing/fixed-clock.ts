import type { Instant } from '../domain/instant.ts'
import type { World } from '../world.ts'

/** A world that stands still until it is told to move. */
export interface TestWorld extends World {
  /** Moves both clocks on; timers that come due run in their order, each at its own time, all before this returns. */
  advance(milliseconds: number): void
  /** The same, and lets what a timer woke go on before the next one runs. */
  pass(milliseconds: number): Promise<void>
  /** Sets the wall clock alone, as an administrator or NTP does. */
  setWall(to: Instant): void
  /** How many timers are set. */
  readonly timers: number
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Makes one. Turns are those of the real event loop; chance repeats itself with the same seed. For tests only. */
export function testWorld(given: { readonly start?: Instant; readonly seed?: number } = {}): TestWorld {
  let monotonic = 0
  let wall = given.start ?? Date.UTC(2026, 0, 1)
  let state = (given.seed ?? 1) >>> 0 || 1
  const timers = new Set<Timer>()

  function next(until: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of timers) if (timer.at <= until && (!first || timer.at < first.at)) first = timer
    return first
  }

  function move(to: number): void {
    wall += Math.max(0, to - monotonic)
    monotonic = Math.max(monotonic, to)
  }

  function runNext(until: number): boolean {
    const timer = next(until)
    if (!timer) return false
    timers.delete(timer)
    move(timer.at)
    timer.run()
    return true
  }

  return {
    wall: () => wall,
    monotonic: () => monotonic,
    after(milliseconds, run) {
      const timer = { at: monotonic + Math.max(0, milliseconds), run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    turn: (run) => void setImmediate(run),
    random(bytes) {
      return Uint8Array.from({ length: bytes }, () => {
        // xorshift32: for ids that differ, not for secrets
        state ^= state << 13
        state >>>= 0
        state ^= state >>> 17
        state ^= state << 5
        state >>>= 0
        return state & 0xff
      })
    },
    advance(milliseconds) {
      const until = monotonic + milliseconds
      while (runNext(until));
      move(until)
    },
    async pass(milliseconds) {
      const until = monotonic + milliseconds
      await settled()
      while (runNext(until)) await settled()
      move(until)
      await settled()
    },
    setWall(to) {
      wall = to
    },
    get timers() {
      return timers.size
    },
  }
}

/** Two turns of the event loop: one in which a batch is written, one for whom it woke. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 2; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}
