import type { Sent } from './ledger-copy/lease.ts'
import type { Transport } from './transport.ts'
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

  const send = async (token: string): Promise<Answer> => {
    const patience = needs.patience()
    const controller = new AbortController()
    let cancel = () => {}
    const late = new Promise<undefined>((resolve) => {
      cancel = world.after(patience, () => {
        resolve(undefined)
        controller.abort()
      })
    })
    const sent: Sent = { monotonic: world.monotonic(), wall: world.wall() }
    try {
      const answer = await Promise.race([transport.introspect(token, controller.signal), late])
      if (answer === undefined) return { said: 'nothing', why: 'issuer_slow' }
      const body = answer.status === 200 && typeof answer.body === 'object' ? (answer.body as { active?: unknown } | null) : null
      const active = body?.active // RFC 7662 §2.2: a boolean
      if (active === true) return { said: 'active', sent, patience }
      if (active === false) return { said: 'inactive', sent, patience }
      return { said: 'nothing', why: 'issuer_failed', detail: `introspection was answered with ${answer.status}` }
    } catch (error) {
      return { said: 'nothing', why: 'issuer_failed', detail: error instanceof Error ? error.message : String(error) }
    } finally {
      cancel()
    }
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
