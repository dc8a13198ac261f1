import type { Transport, TransportAnswer } from '@curfew/verifier'
import type { FollowRequest } from '@curfew/verifier/wire'
import type { Process } from './machine.ts'

/** A request to follow that is under way, given up or not. */
interface UnderWay {
  readonly request: FollowRequest
  /** Monotonic milliseconds. */
  readonly sent: number
}

/**
 * A verifier that takes every answer that comes, also to requests that it gave up: as if it followed at two nodes. Each answer is handed to
 * whoever asks at the moment, with a lease that counts from its own request (V4), and only under the id that asked for it (V8).
 */
export function takingLateAnswers(transport: Transport, process: Process, leaseOf = fromItsOwnSending): Transport {
  let asking: (UnderWay & { take(answer: TransportAnswer): void }) | undefined
  return {
    ...transport,
    follow(request) {
      const sent = process.monotonic()
      return new Promise((resolve, reject) => {
        const mine = { request, sent, take: resolve }
        asking = mine
        transport.follow(request, new AbortController().signal).then(
          (answer) => {
            const now = asking
            if (!now || request.id !== now.request.id) return // V8
            asking = undefined
            now.take(now === mine ? answer : { ...answer, body: leaseOf(answer.body, mine, now) })
          },
          (error: unknown) => {
            if (asking !== mine) return
            asking = undefined
            reject(error)
          },
        )
      })
    },
  }
}

/** The follower counts from the later request, so what has gone by between the two is taken off. */
export function fromItsOwnSending(body: unknown, asked: UnderWay, now: UnderWay): unknown {
  if (typeof body !== 'object' || body === null || !('lease' in body)) return body
  return { ...body, lease: Math.max(0, Math.floor(Number(body.lease) - (now.sent - asked.sent) - 1)) }
}
