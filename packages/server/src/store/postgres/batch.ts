import type { Entry } from '@curfew/verifier/wire'
import type { Verdict } from '../../domain/effect.ts'
import type { Instant } from '../../domain/instant.ts'
import type { At } from '../../domain/position.ts'
import type { World } from '../../world.ts'
import type { Load } from '../store.ts'
import type { Database } from './database.ts'
import { type Carried, carryOut, type Prepared, prepareEffects } from './effects.ts'
import { away, isAway, isRace, isRerunnable, LostError, UnknownOutcomeError } from './failures.ts'
import { keysOf, type Loads } from './loads.ts'
import { numberOrder } from './number-order.ts'
import { transact } from './transaction.ts'

/** What an update came to, and when its COMMIT returned. */
export interface Done {
  readonly verdict: Verdict
  readonly entries: readonly Entry[]
  readonly committed: number
  readonly committedAt: Instant
}

/** Gathers updates: those of one kind that wait at a time share a transaction. */
export interface Batches {
  add(load: Load, decide: (held: never, at: At) => Verdict): Promise<Done>
  /** Takes no more, and resolves when all that was taken is over. */
  close(error: Error): Promise<void>
}

export interface BatchParts {
  readonly database: Pick<Database, 'run' | 'using'>
  readonly loads: Loads
  readonly world: Pick<World, 'turn' | 'monotonic' | 'after' | 'random'>
  readonly log: { warn(facts: object, message?: string): void }
  /** Transactions at a time. */
  readonly lanes: number
  /** Who this node is, for those who are told of entries. */
  readonly tag: string
  /** After a commit that appended to the ledger. */
  readonly announce: () => void
  /** Each transaction that was committed or given up, for figures and tests. */
  readonly ran?: (batch: { kind: Load['kind']; size: number; outcome: 'committed' | 'rerun' | 'failed'; code?: string }) => void
}

interface Job {
  readonly load: Load
  readonly keys: readonly string[]
  readonly decide: (held: never, at: At) => Verdict
  readonly resolve: (done: Done) => void
  readonly reject: (error: unknown) => void
}

/** What became of one job in a transaction that was not undone. */
type Decided =
  | { readonly job: Job; readonly verdict: Verdict; readonly prepared: Prepared }
  | { readonly job: Job; readonly refused: unknown }

/** Jobs in a batch: what a statement of the database takes well. */
const most = 200
/** After a deadlock or a serialization failure a batch is run again, so often. */
const tries = 8
/** So long is a database that is away waited for, in milliseconds: a restart, a failover, a connection that was cut. */
const patience = 4_000
/** What moved under a decision is looked at so often. */
const looks = 4
/** Updates that wait for a database which stands still: whoever comes then is told at once. Half a minute's worth of the fastest node. */
const longestLine = 20_000
/** Of them, those of one key. Each is a transaction of its own, so that whoever repeats one thing could keep the line full for everybody (RL-2). */
const mostOfOne = 1_000

function keysOfAll(jobs: readonly Job[]): readonly string[] {
  return jobs.flatMap(({ keys }) => keys)
}

/** The only way to write protocol state. */
export function batches(parts: BatchParts): Batches {
  const { database, loads, world, log } = parts
  const queues = new Map<Load['kind'], Job[]>()
  /** One update a key at a time: the next sees what it stored. */
  const busy = new Set<string>()
  /** How many wait for each key. */
  const waiting = new Map<string, number>()
  const underWay = new Set<Promise<void>>()
  const inOrder = numberOrder()
  let closed: Error | undefined
  let isGathering = false
  let running = 0
  let inLine = 0

  function gather(): void {
    if (isGathering) return
    isGathering = true
    world.turn(() => {
      isGathering = false
      flush()
    })
  }

  function flush(): void {
    while (running < parts.lanes) {
      const jobs = pick()
      if (!jobs) return
      running += 1
      for (const key of keysOfAll(jobs)) busy.add(key)
      const work = carry(jobs, false).finally(() => {
        for (const key of keysOfAll(jobs)) busy.delete(key)
        running -= 1
        underWay.delete(work)
        flush()
      })
      underWay.add(work)
    }
  }

  /** The kind that waited longest; no key twice. */
  function pick(): Job[] | undefined {
    for (const [kind, queue] of queues) {
      const picked: Job[] = []
      const keys = new Set<string>()
      const left: Job[] = []
      for (const job of queue) {
        if (picked.length >= most || job.keys.some((key) => busy.has(key) || keys.has(key))) {
          left.push(job)
        } else {
          for (const key of job.keys) keys.add(key)
          picked.push(job)
        }
      }
      if (picked.length === 0) continue
      inLine -= picked.length
      for (const key of keysOfAll(picked)) count(key, -1)
      queues.delete(kind)
      if (left.length > 0) queues.set(kind, left) // behind the others now
      return picked
    }
    return undefined
  }

  function count(key: string, by: number): void {
    const now = (waiting.get(key) ?? 0) + by
    if (now > 0) waiting.set(key, now)
    else waiting.delete(key)
  }

  /** Until each of them is answered. */
  async function carry(jobs: readonly Job[], isAlone: boolean): Promise<void> {
    const since = world.monotonic()
    for (let attempt = 1; ; attempt += 1) {
      try {
        await once(jobs, isAlone)
        return
      } catch (error) {
        const code = String((error as { code?: unknown }).code ?? (error as Error).name)
        const isAgain = isAway(error) ? world.monotonic() - since < patience : isRerunnable(error) && attempt < tries
        const isNewLook = isAlone && isRace(error) && attempt < looks
        parts.ran?.({ kind: jobs[0]!.load.kind, size: jobs.length, outcome: isAgain || isNewLook || !isAlone ? 'rerun' : 'failed', code })
        if (isAgain) {
          await pause(attempt)
        } else if (isAway(error) || error instanceof UnknownOutcomeError) {
          log.warn({ event: 'store.away', code, updates: jobs.length }, 'the database does not answer; updates were refused')
          for (const { reject } of jobs) reject(away(error))
          return
        } else if (!isAlone) {
          // One of them is refused by the database. In a transaction of its own each finds out whether it was that one.
          for (const job of jobs) await carry([job], true)
          return
        } else if (!isNewLook) {
          for (const { reject } of jobs) reject(error)
          return
        }
      }
    }
  }

  async function once(jobs: readonly Job[], isAlone: boolean): Promise<void> {
    const { kind } = jobs[0]!.load
    const of = loads[kind]
    const place = inOrder()
    let decided: Decided[] = []
    let carried: Carried | undefined
    try {
      const now = await transact(
        database,
        world,
        of.statements(jobs.map(({ load }) => load) as never),
        async ({ at, issuer, loaded, all }) => {
          const held = of.held(loaded, jobs.map(({ load }) => load) as never, at, issuer)
          decided = jobs.map((job, index) => decideOne(job, held[index] as never, at))
          const prepared = decided.map((one) => ('prepared' in one ? one.prepared : undefined))
          carried = await carryOut(prepared, { all, isAlone, tag: parts.tag, numbered: place.take })
          return at.now
        },
      )
      const committed = world.monotonic()
      await place.turn()
      for (const [index, one] of decided.entries()) {
        if ('refused' in one) one.job.reject(one.refused)
        else
          one.job.resolve({
            verdict: one.verdict,
            entries: carried?.entries[index] ?? [],
            committed,
            committedAt: carried?.entries[index]?.length ? carried.clock : now,
          })
      }
      parts.ran?.({ kind, size: jobs.length, outcome: 'committed' })
      if (carried?.entries.some((entries) => entries.length > 0)) parts.announce()
    } finally {
      place.over()
    }
  }

  /** Before anything is written: a decision that throws, or says what cannot be, is refused alone. */
  function decideOne(job: Job, held: never, at: At): Decided {
    try {
      const verdict = job.decide(held, at)
      return { job, verdict, prepared: prepareEffects(verdict.effects ?? [], at) }
    } catch (error) {
      return { job, refused: error }
    }
  }

  function pause(attempt: number): Promise<void> {
    const [chance] = world.random(1)
    return new Promise((resolve) => void world.after(Math.min(500, 2 ** attempt * 5) + (chance! % 16), resolve))
  }

  return {
    add(load, decide) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(closed)
        const job: Job = { load, keys: keysOf(load), decide, resolve, reject }
        if (inLine >= longestLine || job.keys.some((key) => (waiting.get(key) ?? 0) >= mostOfOne))
          return reject(away(new LostError('Too many updates wait for the database.')))
        inLine += 1
        for (const key of job.keys) count(key, 1)
        const queue = queues.get(load.kind)
        if (queue) queue.push(job)
        else queues.set(load.kind, [job])
        gather()
      })
    },
    async close(error) {
      closed ??= error
      flush()
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
