import type { Transport, TransportAnswer } from '../src/transport.ts'
import type { FollowAnswer, FollowRequest, ReleaseRequest } from '../src/wire/index.ts'

/** A question that lies at the issuer until the test answers it. */
export type Question<Asked> = {
  asked: Asked
  signal: AbortSignal
  answer(status: number, body?: unknown, retryAfter?: number): void
  fail(error?: Error): void
}

/** A transport on which nothing is answered but by the test. */
export type ScriptedTransport = Transport & {
  follows: Question<FollowRequest>[]
  introspections: Question<string>[]
  keyFetches: Question<undefined>[]
  releases: ReleaseRequest[]
  /** Everything in the order in which it was sent. */
  log: string[]
  /** The last follow request. */
  follow1(): Question<FollowRequest>
}

/** Makes one; with `keys`, the key set is answered at once. */
export function makeScriptedTransport(keys?: object[]): ScriptedTransport {
  const follows: Question<FollowRequest>[] = []
  const introspections: Question<string>[] = []
  const keyFetches: Question<undefined>[] = []
  const releases: ReleaseRequest[] = []
  const log: string[] = []

  const put = <Asked>(list: Question<Asked>[], asked: Asked, signal: AbortSignal) =>
    new Promise<TransportAnswer>((resolve, reject) => {
      list.push({
        asked,
        signal,
        answer: (status, body, retryAfter) => resolve({ status, body, ...(retryAfter !== undefined && { retryAfter }) }),
        fail: (error = new Error('reset')) => reject(error),
      })
    })
  return {
    ...{ follows, introspections, keyFetches, releases, log },
    follow1: () => follows.at(-1)!,
    follow(request, signal) {
      log.push(`follow ${request.after}`)
      return put(follows, request, signal)
    },
    introspect(token, signal) {
      log.push('introspect')
      return put(introspections, token, signal)
    },
    keys(signal) {
      log.push('keys')
      return keys === undefined ? put(keyFetches, undefined, signal) : Promise.resolve({ status: 200, body: { keys } })
    },
    async release(request) {
      log.push('release')
      releases.push(request)
    },
  }
}

/** The body of an answer to follow. */
export function answerOf(up_to: number, change: Partial<FollowAnswer> | Record<string, unknown> = {}): object {
  return { version: 1, entries: [], up_to, horizon: 0, lease: 5_000, ...change }
}
