import { waitFor } from '../store/margins.ts'
import type { Ledger, Store, VerifierRow } from '../store/store.ts'
import type { Logger } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { keyOf } from './cohort.ts'

/** Work that any node may do, by its own monotonic clock. */
export interface Housekeeping {
  start(): void
  /** Resolves when what is under way is over. */
  stop(): Promise<void>
}

type Rows = Awaited<ReturnType<Ledger['rows']>>

/** Something that was seen, the wait of then, and since when it is the same. */
interface Seen<T> {
  readonly value: T
  readonly waitMs: number
  readonly since: number
}

const MINUTE = 60_000
/** Rows that are pruned in one bite; each bite is a transaction in front of which others wait. */
const BITE = 500

/** L4, R1, R2 (settling), D3 (lowering), D4 (the end of a pause), E1, and pruning. */
export function openHousekeeping(parts: { ledger: Ledger; store: Pick<Store, 'prune'>; world: World; log: Logger }): Housekeeping {
  const { ledger, store, world, log } = parts
  const beats = new Map<string, Seen<number>>()
  let incarnation: Seen<string> | undefined
  let horizon: Seen<number> | undefined
  let isRunning = false
  const cancels = new Map<string, () => void>()
  const underWay = new Set<Promise<void>>()

  /** One look, and what follows from it; says after how many milliseconds to look again. */
  async function look(): Promise<number> {
    const rows = await ledger.rows()
    const now = world.monotonic() // L4: after the query's answer
    await forgetSilent(rows, now)
    await settleOrLower(rows, now)
    if (rows.pause) await ledger.endPause('over') // D4: by the database's clock; lowering is safe at any time
    // R1: confirmation waits for no more than `W` after a start, so the look that ends it is not late.
    const left = rows.settled || !incarnation ? 1000 : incarnation.since + incarnation.waitMs - now
    // Often enough that a row is gone soon after `W`; a lease of half a second is looked at more often than one of five.
    return Math.max(1, Math.min(left, 1000, Math.max(50, rows.waitMs / 5)))
  }

  /** L4: the same beat for `W`, as it was when the beat was first seen: no lease of that beat runs any more. */
  async function forgetSilent({ rows, waitMs }: Rows, now: number): Promise<void> {
    const present = new Set(rows.map(keyOf))
    for (const key of beats.keys()) if (!present.has(key)) beats.delete(key)
    const silent: VerifierRow[] = []
    for (const row of rows) {
      const seen = beats.get(keyOf(row))
      if (seen?.value !== row.beat) beats.set(keyOf(row), { value: row.beat, waitMs, since: now })
      else if (now - seen.since >= seen.waitMs) silent.push(row)
    }
    for (const row of silent) {
      await ledger.forget(row) // on condition of the beat that was watched
      log.info({ event: 'verifier_silent', service: row.service, verifier: row.id }, 'A verifier stopped asking; its lease is over.')
    }
  }

  /**
   * R1, R2, D3: the same incarnation for the wait that came with it. Each change of the lease makes a new one, so no old watch counts.
   * Says in how many milliseconds there is something to do.
   */
  async function settleOrLower({ settled, waitMs, leaseMs, incarnation: name }: Rows, now: number): Promise<number> {
    if (incarnation?.value !== name || incarnation.waitMs !== waitMs) incarnation = { value: name, waitMs, since: now }
    if (settled && waitMs <= waitFor(leaseMs)) return Number.POSITIVE_INFINITY
    const due = incarnation.since + waitMs - now
    if (due > 0) return Math.ceil(due)
    if (settled) {
      await ledger.lowerWait(name)
    } else {
      await ledger.settle(name)
      log.info({ event: 'ledger_settled' }, 'No lease from before the start is left; sign-outs are confirmed.')
    }
    return 50
  }

  /** E1: the same horizon for a minute. The adapter alarms where its clock is far ahead of it. */
  async function moveHorizon(): Promise<number> {
    const { horizon: value } = await ledger.rows()
    const now = world.monotonic()
    if (horizon?.value !== value) horizon = { value, waitMs: MINUTE, since: now }
    else if (now - horizon.since >= MINUTE) await ledger.advanceHorizon(value)
    return MINUTE / 4
  }

  async function prune(): Promise<number> {
    const { more } = await store.prune(BITE)
    return more ? 20 : MINUTE
  }

  /** Does it again and again; `run` says after how long, and its failures are told and forgotten. */
  function repeat(name: string, run: () => Promise<number>, onFailure: number): void {
    let hasFailed = false // said once
    const once = async (): Promise<void> => {
      let next = onFailure
      try {
        next = await run()
        hasFailed = false
      } catch (error) {
        if (isRunning && !hasFailed)
          log.warn({ event: 'housekeeping_failed', work: name, error: String(error) }, 'Housekeeping failed; trying again.')
        hasFailed = true
      }
      if (isRunning) cancels.set(name, world.after(next, begin))
    }
    const begin = (): void => {
      const work = once()
      underWay.add(work)
      void work.then(() => underWay.delete(work))
    }
    begin()
  }

  return {
    start() {
      if (isRunning) return
      isRunning = true
      repeat('rows', look, 1000)
      repeat('horizon', moveHorizon, MINUTE / 4)
      repeat('prune', prune, MINUTE)
    },
    async stop() {
      isRunning = false
      for (const cancel of cancels.values()) cancel()
      cancels.clear()
      await Promise.all(underWay)
    },
  }
}
