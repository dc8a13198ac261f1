import { type Entry, MAX_ENTRIES } from '@curfew/verifier/wire'
import type { Instant } from '../domain/instant.ts'
import type { Ledger } from '../store/store.ts'
import type { Logger } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { gather } from './gather.ts'

/** Where a node's copy stands. The same object for as long as nothing moved. */
export interface Copied {
  readonly applied: number
  readonly horizon: Instant
}

/** The node's copy of the ledger: its newest entries, for those who follow (L3). */
export interface Copy {
  /** Moves the copy on by a reading that begins after this call (F2). */
  advance(): Promise<Copied>
  /** Where it stands; undefined before the first reading. */
  now(): Copied | undefined
  /** The entries after a position; undefined where they are not kept here, or are more than one answer may have: read them from the ledger. */
  since(position: number): readonly Entry[] | undefined
  /** Calls after each move. Returns what stops it. */
  onMove(run: () => void): () => void
  /** Follows the store's wakes, and polls. */
  start(): void
  stop(): void
}

/** L3: how long a lost wake can go unnoticed, in milliseconds. */
const POLL = 250
/** Entries that are kept in memory; the array is cut when it has twice as many. Who is further behind reads from the database. */
const KEPT = MAX_ENTRIES

/** Opens a copy that begins a page below the head. It reads nothing by itself before `start`. */
export function openCopy({ ledger, world, log }: { ledger: Ledger; world: World; log: Logger }): Copy {
  const listeners = new Set<() => void>()
  let now: Copied | undefined
  /** All entries in (`floor`, `applied`], but for those that were pruned before they were read. */
  let entries: Entry[] = []
  let floor = 0
  let stopWakes: (() => void) | undefined
  let stopPoll: (() => void) | undefined
  let isUnread = false

  const reads = gather<void, Copied>(async (asked) => {
    const read = await readOn()
    return asked.map(() => read)
  })

  /** L3: one statement for head, horizon and entries, again until the head is reached; only then the copy has moved. */
  async function readOn(): Promise<Copied> {
    let position = now?.applied
    if (position === undefined) floor = position = Math.max(0, (await ledger.rows()).head - KEPT)
    const found: Entry[] = []
    for (;;) {
      const page = await ledger.read(position, MAX_ENTRIES)
      if (page.head < position) return startAgain(page.head, page.horizon)
      found.push(...page.entries)
      if (!page.more) return move(found, page.head, page.horizon)
      position = page.entries.at(-1)!.seq
    }
  }

  function move(found: readonly Entry[], applied: number, horizon: Instant): Copied {
    if (now && now.applied === applied && now.horizon >= horizon) return now
    entries.push(...found)
    if (entries.length > 2 * KEPT) {
      floor = entries[entries.length - KEPT - 1]!.seq
      entries = entries.slice(-KEPT)
    }
    now = { applied, horizon: Math.max(horizon, now?.horizon ?? 0) } // E2, L3: never an older horizon than the entries'
    for (const listener of listeners) listener()
    return now
  }

  /** R2: the ledger went back, so numbers that are held here will be given out again. Like a verifier on 409 the copy begins anew. */
  function startAgain(head: number, horizon: Instant): Copied {
    log.error({ event: 'ledger_went_back', applied: now?.applied, head }, 'The ledger went back. Stop every node and run: curfew restored')
    entries = []
    floor = head
    now = { applied: head, horizon }
    for (const listener of listeners) listener()
    return now
  }

  function hint(): void {
    reads.ask().then(
      () => {
        if (isUnread) log.info({ event: 'ledger_read_again' }, 'The ledger can be read again.')
        isUnread = false
      },
      (error: unknown) => {
        // Four times a second while the database is away: said once.
        if (!isUnread) log.warn({ event: 'ledger_unread', error: String(error) }, 'The ledger cannot be read; trying again.')
        isUnread = true
      },
    )
  }

  function poll(): void {
    stopPoll = world.after(POLL, () => {
      hint()
      poll()
    })
  }

  return {
    advance: () => reads.ask(),
    now: () => now,
    since(position) {
      if (now === undefined || position < floor) return undefined
      const from = firstAfter(entries, position)
      return entries.length - from > MAX_ENTRIES ? undefined : entries.slice(from)
    },
    onMove(run) {
      listeners.add(run)
      return () => listeners.delete(run)
    },
    start() {
      stopWakes ??= ledger.onChange((what) => {
        if (what === 'entry') hint()
      })
      if (!stopPoll) poll()
      hint()
    },
    stop() {
      stopWakes?.()
      stopPoll?.()
      stopWakes = stopPoll = undefined
    },
  }
}

/** Index of the first entry with a number above `position`. */
function firstAfter(entries: readonly Entry[], position: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (entries[middle]!.seq > position) high = middle
    else low = middle + 1
  }
  return low
}
