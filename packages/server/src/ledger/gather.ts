/** Where calls meet. */
export interface Gathered<T, R> {
  /** Goes with all that ask until the next run begins; never with a run that is under way. */
  ask(item: T): Promise<R>
  /** Resolves when the run that is under way is over; at once if none is. */
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
 * Joins calls into runs: one run at a time, and what is asked for meanwhile goes together into the next. A run begins after each of its
 * items was asked for, which F2 and S2 rest on. `begin` says when a first run begins: at the end of the turn, say.
 */
export function gather<T, R>(
  run: (items: readonly T[]) => Promise<readonly R[]>,
  begin: (run: () => void) => void = queueMicrotask,
): Gathered<T, R> {
  const waiting: Asked<T, R>[] = []
  const idlers: (() => void)[] = []
  let isBusy = false
  let isRunning = false

  async function runAll(): Promise<void> {
    isRunning = true
    while (waiting.length > 0) {
      const those = waiting.splice(0, MOST)
      try {
        const results = await run(those.map(({ item }) => item))
        for (const [index, one] of those.entries()) one.resolve(results[index]!)
      } catch (error) {
        for (const one of those) one.reject(error)
      }
    }
    isBusy = isRunning = false
    for (const idler of idlers.splice(0)) idler()
  }

  return {
    ask(item) {
      return new Promise<R>((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        if (isBusy) return
        isBusy = true
        begin(() => void runAll())
      })
    },
    idle() {
      return isRunning ? new Promise<void>((resolve) => idlers.push(resolve)) : Promise.resolve()
    },
  }
}
