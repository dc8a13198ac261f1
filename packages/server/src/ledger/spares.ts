import type { FollowRequest } from '@curfew/verifier/wire'
import type { ServiceId } from '../domain/names.ts'
import type { Ledger } from '../store/store.ts'
import type { Directory, Followed } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { shareAnswers } from './answers.ts'
import { keyOf } from './cohort.ts'
import type { Copy } from './copy.ts'
import { holdRequests } from './held.ts'

/** Spare requests of verifiers, for messages that get lost (F8). */
export interface Spares {
  park(service: ServiceId, request: FollowRequest, hold: number, closed: AbortSignal | undefined): Promise<Followed>
  /** R1: answers all, and takes no more. */
  stop(): void
}

interface Parked {
  readonly after: number
  answer(followed: Followed): void
}

/** After an entry came, milliseconds until it is looked who has not acknowledged it: the least, and the most. */
const SOONEST = 25
const LATEST = 400
/** So many looks for one entry; by then TCP has sent again what was lost. */
const MOST_LOOKS = 8
/** Parked spares of a service for each of its rows. */
const MOST_A_ROW = 4

/**
 * F8 (L). A spare writes no row, gives no lease (F5), and acknowledges nothing; it is answered with what its verifier lacks when an entry has not been
 * acknowledged for a while, at whichever node. Where many have not, it is not loss but work, or distance, so nobody is told twice and the next
 * look comes later.
 */
export function openSpares(parts: { ledger: Pick<Ledger, 'waitingFor'>; copy: Copy; directory: Directory; world: World }): Spares {
  const { ledger, copy, directory, world } = parts
  const shareNothing = shareAnswers(0)
  const held = holdRequests<Parked>(world, (parked) => parked.answer(nothing(parked)))
  const counts = new Map<ServiceId, number>()
  let delay = SOONEST
  let looks = 0
  let callOff: (() => void) | undefined
  let isStopping = false

  copy.onMove(() => {
    looks = 0
    arm()
  })

  function arm(): void {
    if (callOff || isStopping || held.size === 0 || looks >= MOST_LOOKS) return
    const seq = copy.now()!.applied // what comes meanwhile has not been under way for so long
    callOff = world.after(Math.ceil(delay), () => void look(seq))
  }

  async function look(seq: number): Promise<void> {
    looks += 1
    // D4: who acknowledges its entries tells by that that a lease has arrived, so these never come over a spare. While the database is away S2 waits.
    const behind = await ledger.waitingFor(seq).then(
      ({ rows, isPaused }) => (isPaused ? [] : rows.map(keyOf).filter(held.has)),
      () => [],
    )
    const isLoss = behind.length <= Math.max(2, held.keys / 8)
    delay = isLoss ? Math.max(SOONEST, delay / 1.25) : Math.min(LATEST, delay * 1.5)
    if (isLoss) tell(behind, seq)
    callOff = undefined
    if (behind.length > 0 || copy.now()!.applied > seq) arm()
  }

  function tell(keys: readonly string[], seq: number): void {
    const [now, share] = [copy.now()!, shareAnswers(0)]
    for (const parked of keys.flatMap(held.take)) {
      const { after } = parked
      // None where it is so far behind that it is asking for pages, or the ledger went back (R2).
      const entries = now.applied >= seq && seq > after ? copy.since(after)?.filter((entry) => entry.seq <= seq) : undefined
      // F5: no F1, so no lease.
      parked.answer(entries ? share(now, { after, entries, upTo: seq, horizon: now.horizon, lease: 0 }) : nothing(parked))
    }
  }

  function nothing({ after }: Parked): Followed {
    const now = copy.now()!
    return shareNothing(now, { after, entries: [], upTo: after, horizon: now.horizon, lease: 0 })
  }

  return {
    async park(service, { id, after }, hold, closed) {
      const known = await directory.find(service)
      if (!known || known.refused) return { outcome: 'refused' } // F7
      if (!copy.now()) await copy.advance()
      const count = counts.get(service) ?? 0
      if (isStopping || closed?.aborted || count >= known.maxRows * MOST_A_ROW) return nothing({ after, answer: () => undefined })
      counts.set(service, count + 1)
      return new Promise<Followed>((resolve) => {
        const leave = (): void => {
          held.remove(parked)
          parked.answer({ outcome: 'stopping' }) // nobody reads it
        }
        const parked: Parked = {
          after,
          answer(followed) {
            counts.set(service, counts.get(service)! - 1)
            closed?.removeEventListener('abort', leave)
            resolve(followed)
          },
        }
        closed?.addEventListener('abort', leave, { once: true })
        held.add(keyOf({ service, id }), parked, hold)
      })
    },
    stop() {
      isStopping = true
      callOff?.()
      held.answerAll()
    },
  }
}
