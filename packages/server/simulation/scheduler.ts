import type { Chance } from './chance.ts'

/** Virtual time: milliseconds of true time since the run began, which no actor can read. */
export interface Scheduler {
  now(): number
  /** Runs at a moment; events of the same moment in random order. `done` is called when all that it started without waiting has run. */
  at(moment: number, run: () => void, done?: () => void): () => void
  /** Lets time go on until nothing is left, what is left is after `until`, or `stop` was called. */
  run(until: number): Promise<void>
  stop(): void
  /** Whether nothing is left to happen. */
  isIdle(): boolean
  /** How many events ran. */
  count(): number
}

interface Event {
  readonly moment: number
  readonly tie: number
  run: (() => void) | undefined
  readonly done: (() => void) | undefined
}

/** Makes a scheduler: one event after another, and between two of them every promise that can go on does. */
export function createScheduler(chance: Chance): Scheduler {
  const heap: Event[] = []
  let now = 0
  let ran = 0
  let stopped = false
  return {
    now: () => now,
    at(moment, run, done) {
      const event: Event = { moment: Math.max(moment, now), tie: chance.next(), run, done }
      push(heap, event)
      return () => {
        event.run = undefined
      }
    },
    async run(until) {
      await Promise.resolve()
      while (!stopped && heap.length > 0 && heap[0]!.moment <= until) {
        const event = pop(heap)
        const { run } = event
        if (!run) continue
        now = event.moment
        ran++
        run()
        await settled()
        event.done?.()
      }
    },
    stop() {
      stopped = true
    },
    isIdle: () => heap.length === 0,
    count: () => ran,
  }
}

/** Asked for from a microtask, a tick comes when there is none left, however long their chains are. No turn of the event loop: that takes longer. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

function before(a: Event, b: Event): boolean {
  return a.moment < b.moment || (a.moment === b.moment && a.tie < b.tie)
}

function push(heap: Event[], event: Event): void {
  let at = heap.length
  heap.push(event)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!before(event, heap[parent]!)) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = event
}

function pop(heap: Event[]): Event {
  const first = heap[0]!
  const last = heap.pop()!
  if (heap.length === 0) return first
  let at = 0
  for (;;) {
    let child = at * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
    if (!before(heap[child]!, last)) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = last
  return first
}
