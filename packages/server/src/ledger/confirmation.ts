import { type Receipt, readReceipt } from '@curfew/verifier/wire'
import { type Seconds, secondsUp } from '../domain/instant.ts'
import type { Settings } from '../domain/settings.ts'
import { margin } from '../store/margins.ts'
import type { Ledger, Lists, StoredReceipt } from '../store/store.ts'
import type { Confirmation, Confirmed, Directory, Logger, Told } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { type About, isSameEnding, shownReceipt, wholeReceipt } from './receipt.ts'
import type { Count, Watch, Watches } from './watches.ts'

/** Confirmation, and what a clean stop needs of it. */
export interface OpenConfirmation extends Confirmation {
  /** Resolves when those who wait at this moment have their answer. */
  idle(): Promise<void>
  /** Whoever waits gets what there is, now; resolves when they have it. Later ones are not held either. */
  hurry(): Promise<void>
}

/** Seconds; no lease is longer (D1), and no timer need be. */
const LONGEST = 3600

/** S2–S5. */
export function openConfirmation(parts: {
  ledger: Ledger
  lists: Pick<Lists, 'entries'>
  watches: Watches
  directory: Directory
  world: World
  settings: Pick<Settings, 'issuer' | 'maxAccessLifetime'>
  log: Logger
}): OpenConfirmation {
  const { ledger, lists, watches, directory, world, settings, log } = parts
  /** What this process is waiting for, by number: who asks again joins, under the same id. */
  const going = new Map<number, About>()
  /** What was stored of each: an outcome once, and its being pending once, however many ask. */
  const written = new WeakMap<About, { pending?: Promise<void>; whole?: Receipt }>()
  const waiting = new Set<Promise<unknown>>()
  /** Let go of one who waits each. No promise for all of them: what races with one that stays open is kept by it for as long. */
  const held = new Set<() => void>()
  let isHurried = false

  /** S2, for at most `wait`; what is not decided by then goes on, and its outcome is stored (S5). */
  async function outcomeOf(about: About, wait: Seconds | undefined): Promise<Confirmed> {
    const { seq } = about
    const watch = watches.on(seq)
    if (!going.has(seq)) going.set(seq, about)
    const isMine = going.get(seq) === about
    const over = (): void => {
      if (isMine && going.get(seq) === about) going.delete(seq)
    }
    watch.decided.then(over, over)

    const count = await within(watch, wait)
    if (count) return tell(settle(about, count), count)
    const now = await watch.count()
    const decided = await Promise.race([watch.decided, undefined]) // meanwhile
    if (decided) return tell(settle(about, decided), decided)
    const pending = wholeReceipt(settings.issuer, about, { count: now, latest: watch.latest() ?? now.at }, world.wall())
    await noted(about, () => {
      watch.decided.then((late) => settle(about, late)).catch(() => undefined)
      return ledger.saveReceipt(stored(about, pending))
    })
    return tell(pending, now)
  }

  async function within(watch: Watch, wait: Seconds | undefined): Promise<Count | undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    // `wait=0` answers at once: after the first look, which often is the last.
    const cancel =
      wait === undefined
        ? undefined
        : wait > 0
          ? world.after(Math.min(wait, LONGEST) * 1000, () => resolve(undefined))
          : firstLook(watch, resolve)
    const leave = (): void => resolve(undefined)
    held.add(leave)
    if (isHurried) leave()
    try {
      return await Promise.race([watch.decided, promise])
    } finally {
      held.delete(leave)
      cancel?.()
    }
  }

  /** S5: durable before anybody is told of it. */
  async function noted(about: About, save: () => Promise<void>): Promise<void> {
    const of = written.get(about) ?? {}
    written.set(about, of)
    of.pending ??= save()
    try {
      await of.pending
    } catch (error) {
      delete of.pending
      throw error
    }
  }

  /** The outcome, stored for S3 and S5. Not waited for: if it is lost, S2 finds it again. */
  function settle(about: About, count: Count): Receipt {
    const of = written.get(about) ?? {}
    written.set(about, of)
    if (of.whole) return of.whole
    of.whole = wholeReceipt(settings.issuer, about, { count }, world.wall())
    ledger
      .saveReceipt(stored(about, of.whole))
      .catch((error: unknown) =>
        log.warn({ event: 'receipt_unsaved', seq: about.seq, error: String(error) }, 'A receipt could not be stored.'),
      )
    return of.whole
  }

  function begin(what: Told, kept: About['kept'], more: Omit<About, 'id' | 'what' | 'kept'>): About {
    return { id: Buffer.from(world.random(16)).toString('base64url'), what, kept, ...more }
  }

  /** S3, S5: a stored outcome, or S2 once more under the same id. */
  async function resume(found: StoredReceipt, wait: Seconds | undefined): Promise<Confirmed | undefined> {
    const whole = readReceipt(found.body)
    if (!whole) return undefined
    if (found.outcome === 'confirmed') return confirmedOf(whole, shownReceipt(whole, await directory.all()))
    const here = going.get(found.seq)
    const { jti: id, seq, until, kept, committed_at } = whole
    const told: About = { id, seq, what: toldIn(whole), kept, until, committedAt: Math.round(committed_at * 1000) }
    if (here?.id === id) return outcomeOf(here, wait)
    written.set(told, { pending: Promise.resolve() })
    return outcomeOf(told, wait)
  }

  async function entryOf(seq: number): Promise<Seconds> {
    const [entry] = await lists.entries(seq - 1, 1)
    // Forgotten already, or no number of an entry: remembered as long as one of now would be.
    return entry?.seq === seq ? entry.until : secondsUp(world.wall() + margin) + settings.maxAccessLifetime // M3
  }

  const confirmation: Confirmation = {
    confirm({ what, stored, kept }, wait) {
      const seq = stored.entries.at(-1)?.seq ?? 0
      const until = stored.entries.reduce((latest, entry) => Math.max(latest, entry.until), 0)
      return outcomeOf(begin(what, kept, { seq, until, committed: stored.committed, committedAt: stored.committedAt }), wait)
    },
    async again(seq, { what, kept, committedAt }, wait) {
      const here = going.get(seq)
      if (here && isSameEnding(here.what, what)) return outcomeOf(here, wait)
      const found = await ledger.receiptFor(seq)
      const known = found && isOf(found, what) ? await resume(found, wait) : undefined
      return known ?? outcomeOf(begin(what, kept, { seq, until: await entryOf(seq), committedAt: committedAt ?? world.wall() }), wait)
    },
    async byId(id, wait) {
      const found = await ledger.receipt(id)
      return found && found.until > world.wall() ? resume(found, wait) : undefined
    },
  }

  function tracked<T>(outcome: Promise<T>): Promise<T> {
    waiting.add(outcome)
    const over = (): unknown => waiting.delete(outcome)
    outcome.then(over, over)
    return outcome
  }

  function tell(whole: Receipt, { services }: Count): Confirmed {
    return confirmedOf(whole, shownReceipt(whole, services))
  }

  return {
    confirm: (ending, wait) => tracked(confirmation.confirm(ending, wait)),
    again: (seq, ending, wait) => tracked(confirmation.again(seq, ending, wait)),
    byId: (id, wait) => tracked(confirmation.byId(id, wait)),
    async idle() {
      await Promise.allSettled(waiting)
    },
    async hurry() {
      isHurried = true
      for (const leave of held) leave()
      await Promise.allSettled(waiting)
    },
  }
}

function firstLook(watch: Watch, done: (nothing: undefined) => void): () => void {
  watch.count().then(
    () => done(undefined),
    () => undefined,
  )
  return () => undefined
}

function confirmedOf(whole: Receipt, shown: Receipt): Confirmed {
  const { outcome, jti, seq, took_ms, latest_in_ms } = whole
  const times = {
    ...(took_ms === undefined ? {} : { tookMs: took_ms }),
    ...(latest_in_ms === undefined ? {} : { latestInMs: latest_in_ms }),
  }
  return { outcome, id: jti, seq, ...times, whole, shown }
}

function stored({ id, seq, until }: About, body: Receipt): StoredReceipt {
  return { id, seq, outcome: body.outcome, body, until: until * 1000 }
}

function toldIn(receipt: Receipt): Told {
  if ('ended' in receipt) return { ended: receipt.ended }
  return 'cut' in receipt ? { cut: receipt.cut } : { stale: receipt.stale }
}

function isOf(found: StoredReceipt, what: Told): boolean {
  const whole = readReceipt(found.body)
  return whole !== undefined && isSameEnding(toldIn(whole), what)
}
