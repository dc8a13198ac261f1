/** Events in virtual time, in milliseconds. */
export interface Clock {
  readonly now: number
  at(moment: number, run: () => void): void
  /** Until nothing is left, or so many milliseconds have passed. */
  run(until: number): void
}

/** Makes a clock: a heap of what is to come. */
export function makeClock(): Clock {
  const times: number[] = []
  const runs: (() => void)[] = []
  let now = 0
  const swap = (one: number, other: number): void => {
    ;[times[one], times[other]] = [times[other]!, times[one]!]
    ;[runs[one], runs[other]] = [runs[other]!, runs[one]!]
  }
  return {
    get now() {
      return now
    },
    at(moment, run) {
      let place = times.push(Math.max(now, moment)) - 1
      runs.push(run)
      for (let parent = (place - 1) >> 1; place > 0 && times[place]! < times[parent]!; parent = (place - 1) >> 1) {
        swap(place, parent)
        place = parent
      }
    },
    run(until) {
      while (times.length > 0 && times[0]! <= until) {
        now = times[0]!
        const run = runs[0]!
        swap(0, times.length - 1)
        times.pop()
        runs.pop()
        for (let place = 0; ; ) {
          let child = 2 * place + 1
          if (child + 1 < times.length && times[child + 1]! < times[child]!) child += 1
          if (child >= times.length || times[place]! <= times[child]!) break
          swap(place, child)
          place = child
        }
        run()
      }
    },
  }
}

/** Some cores that take work in the order in which it comes. */
export interface Cores {
  /** Work of so many microseconds, as soon as a core is free; then `done`. `isNext`: before all that waits. */
  work(microseconds: number, done: () => void, isNext?: boolean): void
  /** Microseconds of work so far. */
  readonly used: number
}

/** Microseconds for which a process of a busy machine keeps its core, while it has work. */
const slice = 3000

/** Makes cores. `of`: those of the machine that these are a share of. */
export function makeCores(count: number, clock: Clock, of?: Cores): Cores {
  const line: { readonly microseconds: number; readonly done: () => void }[] = []
  let next = 0
  let running = 0
  let used = 0
  let sliced = 0
  const pump = (isOn: boolean): void => {
    while (running < count && next < line.length) {
      const { microseconds, done } = line[next++]!
      running += 1
      sliced = isOn && sliced + microseconds < slice ? sliced + microseconds : 0
      const over = (): void => {
        running -= 1
        done()
        pump(true)
      }
      if (of) of.work(microseconds, over, sliced > 0)
      else clock.at(clock.now + microseconds / 1000, over)
    }
    if (next < 1000 && next < line.length) return
    line.splice(0, next)
    next = 0
  }
  return {
    get used() {
      return used
    },
    work(microseconds, done, isNext = false) {
      used += microseconds
      if (isNext && next > 0) line[--next] = { microseconds, done }
      else if (isNext) line.unshift({ microseconds, done })
      else line.push({ microseconds, done })
      pump(false)
    },
  }
}

/** What verifiers have acknowledged. */
export interface Standing {
  of(who: number): number
  /** What the last of them has. */
  readonly lowest: number
  /** How many have not acknowledged a number. */
  behind(seq: number): number
  /** Says whether it was news. */
  acknowledge(who: number, after: number): boolean
}

/** Begins with all at 0. */
export function makeStanding(verifiers: number): Standing {
  const acked = new Int32Array(verifiers)
  /** How many have acknowledged each number, and no more. */
  const counts = new Map<number, number>([[0, verifiers]])
  let lowest = 0
  return {
    of: (who) => acked[who]!,
    get lowest() {
      return lowest
    },
    behind: (seq) => [...counts].reduce((sum, [acked, count]) => sum + (acked < seq ? count : 0), 0),
    acknowledge(who, after) {
      const before = acked[who]!
      if (after <= before) return false
      acked[who] = after
      counts.set(after, (counts.get(after) ?? 0) + 1)
      const left = counts.get(before)! - 1
      if (left > 0) counts.set(before, left)
      else {
        counts.delete(before)
        if (before === lowest) lowest = Math.min(...counts.keys())
      }
      return true
    },
  }
}

/** What a lost segment costs: alone in flight, as requests to follow and small answers are, a time-out (bench/fleet/tcp-loss.ts says why). */
export function latenessOf({ oneWay, loss, rtoMin }: { oneWay: number; loss: number; rtoMin: number }, chance: () => number): () => number {
  return () => {
    let late = 0
    for (let timeout = 2 * oneWay + rtoMin; loss > 0 && chance() < loss; timeout *= 2) late += timeout
    return oneWay + late
  }
}

/** One run at a time; what is asked for meanwhile is one more. As the product's `gather` does it. */
export function joined(run: (done: () => void) => void): () => void {
  let isBusy = false
  let isAsked = false
  const begin = (): void => {
    isBusy = true
    isAsked = false
    run(() => {
      isBusy = false
      if (isAsked) begin()
    })
  }
  return () => {
    if (isBusy) isAsked = true
    else begin()
  }
}
