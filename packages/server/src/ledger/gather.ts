/** Where calls meet. */
export interface Gathered<T, R> {
  /** Goes with all that ask until the next run begins; never with a run that is under way. */
  ask(item: T): Promise<R>
  /** Resolves when no run is under way; at once if none is. */
  idle(): Promise<void>
}

interface Asked<T, R> {
  readonly item: T
  resolve(result: R): void
  reject(error: unknown): void
}

/** More at once would hold up everybody else: 5,000 rows take 58 ms on PostgreSQL, 1,000 take 9 (protocol.md, Follow). */
const MOST = 1000

/**
 * Joins calls into runs: so many at a time, and what is asked for meanwhile goes together into the next. A run begins after each of its
 * items was asked for, which F2 and S2 rest on. `begin` says when one begins that follows none: at the end of the turn, say.
 */
export function gather<T, R>(
  run: (items: readonly T[]) => Promise<readonly R[]>,
  begin: (run: () => void) => void = queueMicrotask,
  atATime = 1,
): Gathered<T, R> {
  const waiting: Asked<T, R>[] = []
  const idlers: (() => void)[] = []
  let busy = 0
  let running = 0
  let isBeginning = false

  async function runAll(): Promise<void> {
    isBeginning = false
    running++
    while (waiting.length > 0) {
      const those = waiting.splice(0, MOST)
      try {
        const results = await run(those.map(({ item }) => item))
        for (const [index, one] of those.entries()) one.resolve(results[index]!)
      } catch (error) {
        for (const one of those) one.reject(error)
      }
    }
    busy--
    running--
    if (running === 0) for (const idler of idlers.splice(0)) idler()
  }

  return {
    ask(item) {
      return new Promise<R>((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        if (isBeginning || busy >= atATime) return
        busy++
        isBeginning = true
        begin(() => void runAll())
      })
    },
    idle() {
      return running > 0 ? new Promise<void>((resolve) => idlers.push(resolve)) : Promise.resolve()
    },
  }
}
