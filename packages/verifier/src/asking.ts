import type { Sent } from './ledger-copy/lease.ts'
import { type Transport, type TransportAnswer, TransportError } from './transport.ts'
import type { World } from './world.ts'

/** What the issuer said about one token; or that it said nothing that can be used. */
export type Answer = { said: 'active' | 'inactive'; sent: Sent; patience: number } | { said: 'nothing'; why: Silence; detail?: string }

/** Why there is no answer. */
export type Silence = 'too_many_questions' | 'issuer_slow' | 'issuer_failed'

/** Asks the issuer about tokens while there is no lease (V5). */
export interface Asking {
  ask(token: string): Promise<Answer>
}

const mostInFlight = 64

/**
 * Makes what asks. Each request is asked for, and no answer is kept: a question is shared only among those that ask before it is sent,
 * in one turn, for an answer to an earlier question may be from before the end (V5, SHAREDASK).
 */
export function makeAsking(needs: { transport: Pick<Transport, 'introspect'>; world: World; patience(): number }): Asking {
  const { transport, world } = needs
  const unsent = new Map<string, Promise<Answer>>()
  let inFlight = 0

  /**
   * One question, put a second time over another connection where it fails or half of the patience is over: behind a load balancer one node
   * may stand still while others answer. Both are counted from the first's sending, so no answer stands longer for it.
   */
  const send = (token: string): Promise<Answer> => {
    const patience = needs.patience()
    const sent: Sent = { monotonic: world.monotonic(), wall: world.wall() }
    const controller = new AbortController()
    return new Promise((resolve) => {
      let unanswered = 0
      let isRepeated = false
      const over = (answer: Answer) => {
        cancelLate()
        cancelAgain()
        resolve(answer)
        controller.abort()
      }
      const put = async () => {
        unanswered++
        try {
          take(await transport.introspect(token, controller.signal))
        } catch (error) {
          failed(error instanceof Error ? error.message : String(error), error instanceof TransportError && error.definitive)
        }
      }
      const again = () => {
        if (isRepeated) return
        isRepeated = true
        void put()
      }
      const take = ({ status, body }: TransportAnswer) => {
        const active = status === 200 && typeof body === 'object' ? (body as { active?: unknown } | null)?.active : undefined
        if (active === true)
          over({ said: 'active', sent, patience }) // RFC 7662 §2.2: a boolean
        else if (active === false) over({ said: 'inactive', sent, patience })
        else failed(`introspection was answered with ${status}`, status < 500)
      }
      const failed = (detail: string, isDefinitive: boolean) => {
        unanswered--
        if (!isDefinitive) again()
        if (isDefinitive || unanswered === 0) over({ said: 'nothing', why: 'issuer_failed', detail })
      }
      const cancelLate = world.after(patience, () => over({ said: 'nothing', why: 'issuer_slow' }))
      const cancelAgain = world.after(patience / 2, again)
      void put()
    })
  }

  return {
    ask(token) {
      const shared = unsent.get(token)
      if (shared !== undefined) return shared
      if (inFlight >= mostInFlight) return Promise.resolve({ said: 'nothing', why: 'too_many_questions' })
      inFlight++
      const question = Promise.resolve()
        .then(() => {
          unsent.delete(token) // from here on it is under way
          return send(token)
        })
        .finally(() => {
          inFlight--
        })
      unsent.set(token, question)
      return question
    },
  }
}

/** V5, V6: whether an answer still stands for the lease: not later than the patience after its question was sent, by both clocks. */
export function stands(answer: { sent: Sent; patience: number }, monotonic: number, wall: number): boolean {
  return monotonic - answer.sent.monotonic <= answer.patience && wall - answer.sent.wall <= answer.patience
}
