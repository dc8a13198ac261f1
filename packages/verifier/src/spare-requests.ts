import type { Transport, TransportAnswer } from './transport.ts'
import type { FollowRequest } from './wire/index.ts'

/** How long a spare is held, in milliseconds; proxies wait longer (protocol.md, In practice). */
const HOLD = 15_000
/** How much longer than it is held it is waited for; and how long one that was overtaken may still go on. */
const PATIENCE = 5_000
/** An issuer that wants more of them does not get them. */
const MOST = 4

/**
 * F8: keeps as many spare requests at the issuer as its answers ask for, each on a connection of its own. One is answered with entries when a
 * message got lost: the answer that told of them, or the request that would acknowledge them. TCP would send it again, but in Linux only after
 * 200 ms (RFC 6298 §2.4). Its answer stands for the one that is waited for, so that whoever waits takes it in and asks again, on a connection
 * that still passes something on. `renew` is called when the request that is waited for fails; what becomes of a spare is of no importance.
 * `after`: aborts so many milliseconds from now.
 */
export function withSpareRequests(
  send: Transport['follow'],
  renew: () => void,
  after: (milliseconds: number) => AbortSignal = (milliseconds) => AbortSignal.timeout(milliseconds),
): Transport['follow'] {
  const parked = new Map<AbortController, string>()
  let wanted = 0
  let waiting: { readonly id: string; overtake(answer: TransportAnswer): void } | undefined

  const park = (request: FollowRequest): void => {
    const controller = new AbortController()
    parked.set(controller, request.id)
    const over = (): unknown => parked.delete(controller)
    send({ ...request, hold: HOLD, spare: true }, AbortSignal.any([controller.signal, after(HOLD + PATIENCE)])).then((answer) => {
      over()
      // V8, KEEPID: an answer to what an earlier id asked is not taken.
      if (answer.status === 200 && waiting?.id === request.id && isNews(answer.body)) waiting.overtake(answer)
    }, over)
  }

  return (request, signal) =>
    new Promise((resolve, reject) => {
      const mine = new AbortController()
      const abort = (): void => mine.abort()
      if (signal.aborted) abort()
      else signal.addEventListener('abort', abort, { once: true })
      const me = {
        id: request.id,
        overtake(answer: TransportAnswer): void {
          waiting = undefined
          // What was overtaken may still arrive, and then it renews the lease at the issuer's side only, which is safe. It ends by itself.
          after(PATIENCE).addEventListener('abort', abort, { once: true })
          resolve(answer)
        },
      }
      waiting = me
      send(request, mine.signal).then(
        (answer) => {
          if (waiting !== me) return
          waiting = undefined
          if (answer.status === 200) wanted = sparesIn(answer.body)
          resolve(answer)
        },
        (error: unknown) => {
          if (waiting !== me) return
          waiting = undefined
          renew()
          reject(error)
        },
      )
      for (const [controller, id] of parked) if (id !== request.id) controller.abort()
      // Not before the first answer, nor while something is wrong (V8).
      if (request.hold > 0) while (parked.size < wanted) park(request)
    })
}

/**
 * V4: whoever waits counts a lease from a request that was sent later than the spare, so an answer with one is never taken. It comes from a node that
 * knows no spares yet, during an upgrade, and tells all who ask of every entry.
 */
function isNews(body: unknown): boolean {
  const { entries, lease } = (body ?? {}) as { entries?: unknown; lease?: unknown }
  return lease === 0 && Array.isArray(entries) && entries.length > 0
}

function sparesIn(body: unknown): number {
  const { spares } = (body ?? {}) as { spares?: unknown }
  return Number.isSafeInteger(spares) ? Math.max(0, Math.min(spares as number, MOST)) : 0
}
