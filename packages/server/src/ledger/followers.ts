import { MAX_ENTRIES } from '@curfew/verifier/wire'
import { beatsAtATime } from '../store/ledger.ts'
import type { Beat, BeatAnswer, Ledger } from '../store/store.ts'
import type { Directory, Followed, Followers, Logger } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { shareAnswers } from './answers.ts'
import type { Copy } from './copy.ts'
import { gather } from './gather.ts'
import { holdRequests } from './held.ts'
import { openSpares } from './spares.ts'

/** The longest hold, in milliseconds (contract §5); proxies wait longer than this (protocol.md, In practice). */
const LONGEST_HOLD = 20_000

interface Waiting {
  readonly after: number
  readonly leaseMs: number
  answer(followed: Followed | Promise<Followed>): void
}

type Written = BeatAnswer | { readonly outcome: 'stopping' }
type Page = Awaited<ReturnType<Ledger['read']>>

/** F1–F7: answers the verifiers that ask, many at a time. */
export function openFollowers(parts: {
  ledger: Ledger
  copy: Copy
  directory: Directory
  world: World
  log: Logger
  spares: number
}): Followers {
  const { ledger, copy, directory, world, log } = parts
  const share = shareAnswers(parts.spares)
  const held = holdRequests<Waiting>(world, ({ after, leaseMs, answer }) => answer(answerNow(after, leaseMs)))
  const spares = openSpares({ ledger, copy, directory, world })
  let isStopping = false

  // F1, F7: all that ask in one turn, in one write; what comes meanwhile waits for the next.
  const beats = gather<Beat, Written>(
    async (asked) => {
      if (isStopping) return asked.map(() => ({ outcome: 'stopping' })) // R1: no F1 any more
      return writeOnce(asked, ledger)
    },
    (run) => world.turn(run),
    beatsAtATime,
  )

  // F5: positions below what the copy keeps. Read after the row was committed, so a reading of its own is F2's.
  const pages = gather<number, Page>(async (asked) => {
    const read = new Map<number, Page>()
    for (const after of new Set(asked)) read.set(after, await ledger.read(after, MAX_ENTRIES))
    return asked.map((after) => read.get(after)!)
  })

  // F4: held requests leave at once when there is an entry above them.
  copy.onMove(() => held.answerAll())

  function answerNow(after: number, leaseMs: number): Followed | Promise<Followed> {
    const now = copy.now()!
    if (now.applied < after) return behind(after, now.applied)
    const entries = copy.since(after)
    if (!entries) return answerPage(after, leaseMs)
    // F3: the lease that F1 returned; it runs from the verifier's sending, so however late this leaves, it gives no more.
    return share(now, { after, entries, upTo: now.applied, horizon: now.horizon, lease: leaseMs })
  }

  async function answerPage(after: number, leaseMs: number): Promise<Followed> {
    const page = await pages.ask(after)
    if (page.head < after) return behind(after, page.head)
    const last = page.entries.at(-1)
    // F5: no lease on half a copy.
    const [upTo, lease] = page.more && last ? [last.seq, 0] : [page.head, leaseMs]
    return share(page, { after, entries: page.entries, upTo, horizon: page.horizon, lease })
  }

  function behind(after: number, head: number): Followed {
    log.error(
      { event: 'ledger_behind', after, head },
      'A verifier is ahead of the ledger: it went back. After a restore, run: curfew restored',
    )
    return { outcome: 'behind' }
  }

  async function follow(...[{ service, local }, request, closed]: Parameters<Followers['follow']>): Promise<Followed> {
    const { id, after } = request
    if (request.spare) return spares.park(service, request, Math.min(request.hold, LONGEST_HOLD), closed) // F8
    // V10: only a service that the receipt calls uncovered may accept without a lease. F1 writes nothing for others.
    if (request.on_lease_lost === 'accept' && (await directory.find(service, true))?.checks !== 'none') return { outcome: 'refused' }

    const written = await beats.ask({ service, id, after, local, version: request.version }) // F1
    if (written.outcome !== 'written' && written.outcome !== 'outdated') return written
    await copy.advance() // F2: begun only now, after that commit
    if (after > written.head) return behind(after, written.head)

    const hold = Math.min(request.hold, LONGEST_HOLD)
    const leaseMs = written.outcome === 'written' ? written.leaseMs : 0 // V9: it meets what it does not know, and begins anew each minute
    if (copy.now()!.applied !== after || hold === 0 || isStopping || closed?.aborted) return answerNow(after, leaseMs)
    return new Promise<Followed>((resolve) => {
      const leave = (): void => {
        held.remove(waiting)
        resolve({ outcome: 'stopping' }) // nobody reads it
      }
      const waiting: Waiting = {
        after,
        leaseMs,
        answer(followed) {
          closed?.removeEventListener('abort', leave)
          resolve(followed)
        },
      }
      closed?.addEventListener('abort', leave, { once: true })
      held.add(`${service} ${id}`, waiting, hold)
    })
  }

  const underWay = new Set<Promise<Followed>>()
  return {
    follow(asker, request, closed) {
      const followed = follow(asker, request, closed)
      underWay.add(followed)
      const over = (): unknown => underWay.delete(followed)
      followed.then(over, over)
      return followed
    },
    async release(service, id) {
      await ledger.release(service, id) // F6
    },
    async drain() {
      isStopping = true
      spares.stop()
      await beats.idle()
      held.answerAll()
      await Promise.allSettled(underWay) // their rows are written, so they may still be answered
    },
  }
}

/** One row a verifier in a statement, however often it asked: the answer to the highest position is good for each of them (F1: greatest). */
async function writeOnce(asked: readonly Beat[], ledger: Pick<Ledger, 'beat'>): Promise<BeatAnswer[]> {
  const places = new Map<string, number>()
  const rows: Beat[] = []
  const indexes = asked.map((beat) => {
    const key = `${beat.service} ${beat.id}`
    const place = places.get(key)
    if (place === undefined) {
      places.set(key, rows.length)
      return rows.push(beat) - 1
    }
    if (beat.after > rows[place]!.after) rows[place] = beat
    return place
  })
  const answers = await ledger.beat(rows)
  return indexes.map((index) => answers[index]!)
}
