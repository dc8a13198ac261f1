import type { Service } from '../domain/service.ts'
import type { Ledger, Waiting } from '../store/store.ts'
import type { Directory, Logger } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { type AllRows, type Cohort, cohortOf, keyOf, seeAgain, type Tally, tally } from './cohort.ts'
import { gather } from './gather.ts'

/** What became of the verifiers for one number. `at`: monotonic milliseconds. */
export interface Count {
  readonly at: number
  readonly tallies: ReadonlyMap<string, Tally>
  readonly services: readonly Service[]
}

/** S2 for one number; whoever asks for the same number shares it. */
export interface Watch {
  /** Once no verifier is left that may accept: each acknowledged, is gone, or its lease is over. */
  readonly decided: Promise<Count>
  /** Once the rows were looked at for the first time; with how it stands then or later. Rejects if they cannot be read. */
  count(): Promise<Count>
  /** Monotonic milliseconds by which it is decided, as long as the database answers. */
  latest(): number | undefined
}

/** S2 for all numbers. */
export interface Watches {
  /** Begins S2 for a number, which must be committed. */
  on(seq: number): Watch
  stop(): void
}

interface Going {
  readonly seq: number
  readonly watch: Watch
  readonly firstLook: PromiseWithResolvers<void>
  readonly decision: PromiseWithResolvers<Count>
  cohort?: Cohort
  isSettled: boolean
  decidedAt?: number
}

/** L3: wakes are hints; this often it is looked without one, in milliseconds. */
const POLL = 250
/** How long after its last moment a number is still looked for when the database does not answer. */
const PATIENCE = 10_000

/** Opens the looking at rows: one look a wake, for all numbers that are waited for. */
export function openWatches(parts: { ledger: Ledger; directory: Directory; world: World; log: Logger }): Watches {
  const { ledger, directory, world, log } = parts
  const going = new Map<number, Going>()
  let stopTimer: (() => void) | undefined

  const looks = gather<void, void>(async (asked) => {
    const those = [...going.values()]
    try {
      if (those.length > 0) await lookFor(those)
    } catch (error) {
      log.warn({ event: 'rows_unread', error: String(error) }, 'The rows of verifiers cannot be read; trying again.')
      for (const one of those) {
        // Nobody knows yet how long it would be: the first look's failure is the caller's.
        if (one.cohort && world.monotonic() < one.cohort.deadline + PATIENCE) continue
        going.delete(one.seq)
        one.firstLook.reject(error)
        one.decision.reject(error)
      }
    }
    schedule()
    return asked.map(() => undefined)
  })

  async function lookFor(those: readonly Going[]): Promise<void> {
    const highest = those.reduce((most, { seq }) => Math.max(most, seq), 0)
    const found = await ledger.waitingFor(highest)
    const at = world.monotonic() // S2: rows and `wait_ms` first, then the clock
    const byKey = new Map(found.rows.map((row) => [keyOf(row), row]))
    for (const cohort of new Set(those.flatMap((one) => one.cohort ?? []))) seeAgain(cohort, byKey, at)
    const fresh = cohortOf(found, highest, at)
    for (const one of those) {
      one.cohort ??= fresh
      // R2: while it is not settled nothing is confirmed; read with the rows, in each look (S2).
      one.isSettled = found.settled
      one.firstLook.resolve()
      // S2: each of the first look's rows has acknowledged, or is gone, or `W` has passed since.
      if (found.settled && (one.cohort.floor >= one.seq || at >= one.cohort.deadline)) one.decidedAt ??= at
    }
    const decided = those.filter(({ decidedAt }) => decidedAt !== undefined)
    if (decided.length === 0) return
    const all = await readAll(found.whole)
    for (const one of decided) {
      going.delete(one.seq)
      one.decision.resolve({ at: one.decidedAt!, tallies: all.tally(one), services: all.services })
    }
  }

  /** What receipts are made of; one reading, and one counting, for all numbers that it is the same for. */
  async function readAll(
    read?: Waiting['whole'],
  ): Promise<{ services: readonly Service[]; tally(one: Going): ReadonlyMap<string, Tally> }> {
    const [{ rows, past }, services] = await Promise.all([read ?? ledger.rows(), directory.all(true)])
    const all: AllRows = { rows: new Map(rows.map((row) => [keyOf(row), row])), past: new Map(past.map((row) => [keyOf(row), row])) }
    let last: { readonly cohort: Cohort; readonly isDecided: boolean; readonly counted: ReturnType<typeof tally> } | undefined
    return {
      services,
      tally({ seq, cohort, decidedAt }) {
        const isDecided = decidedAt !== undefined
        const isSame = last?.cohort === cohort && last?.isDecided === isDecided && seq > last.counted.from && seq <= last.counted.to
        if (!last || !isSame) last = { cohort: cohort!, isDecided, counted: tally(cohort!, seq, isDecided, all) }
        return last.counted.tallies
      },
    }
  }

  function look(): void {
    void looks.ask()
  }

  function schedule(): void {
    stopTimer?.()
    stopTimer = undefined
    if (going.size === 0) return
    const now = world.monotonic()
    let wait = POLL
    for (const { cohort } of going.values()) if (cohort && cohort.deadline > now) wait = Math.min(wait, cohort.deadline - now)
    stopTimer = world.after(Math.ceil(wait), look)
  }

  const stopWakes = ledger.onChange((what) => {
    if (what === 'acknowledged' && going.size > 0) look()
  })

  function begin(seq: number): Going {
    const firstLook = Promise.withResolvers<void>()
    const decision = Promise.withResolvers<Count>()
    for (const { promise } of [firstLook, decision] as const) promise.catch(() => undefined) // told to those who wait for it
    const one: Going = {
      ...{ seq, firstLook, decision, isSettled: false },
      watch: {
        decided: decision.promise,
        async count() {
          await firstLook.promise
          const all = await readAll()
          return { at: world.monotonic(), tallies: all.tally(one), services: all.services }
        },
        latest() {
          // R1, R2: unsettled, it is settled a whole `W` after the start at the latest, and the first look came after the start.
          return one.cohort && one.cohort.deadline + (one.isSettled ? 0 : 2 * POLL)
        },
      },
    }
    going.set(seq, one)
    look()
    return one
  }

  return {
    on: (seq) => (going.get(seq) ?? begin(seq)).watch,
    stop() {
      stopWakes()
      stopTimer?.()
    },
  }
}
