import { createWriteStream, type WriteStream } from 'node:fs'

/**
 * What happened, in the order in which the harness learned it. Every time is the harness's own monotonic clock, in milliseconds: nobody's
 * else is believed. Tokens are numbers; a question has the interval from its sending to its answer.
 */
export type Event =
  | { readonly what: 'born'; readonly at: number; readonly token: number; readonly user: string; readonly expires: number }
  /** The first call that may end them is about to be sent. */
  | { readonly what: 'ending'; readonly at: number; readonly token: number; readonly kind: string }
  /** They live on: what might have ended them did not. */
  | { readonly what: 'spared'; readonly at: number; readonly token: number }
  /** The answer came that its end is confirmed. */
  | { readonly what: 'confirmed'; readonly at: number; readonly token: number }
  /** Decisions of one verifier, a letter for each token: a(ccepted), r(efused), u(nable to say), with a reason for each that is not `a`. */
  | {
      readonly what: 'checks'
      readonly sent: number
      readonly at: number
      readonly service: string
      readonly tokens: readonly number[]
      readonly verdicts: string
      readonly reasons: readonly string[]
    }
  /** A service gave no answer: there was no process, or it died. */
  | { readonly what: 'silence'; readonly sent: number; readonly at: number; readonly service: string; readonly tokens: number }
  /** A device's refresh token was presented at the issuer; 0: no answer. */
  | { readonly what: 'used'; readonly sent: number; readonly at: number; readonly token: number; readonly status: number }
  /** A person's request was answered; 0: it was not, for good. `tries` before it failed. */
  | {
      readonly what: 'request'
      readonly sent: number
      readonly at: number
      readonly path: string
      readonly status: number
      readonly isConfirmed: boolean
      readonly tries: number
    }
  | FaultBegins
  | { readonly what: 'fault over'; readonly at: number; readonly fault: number }
  /** From now on a confirmation may wait this long for leases (W, D1). */
  | { readonly what: 'wait'; readonly at: number; readonly ms: number }
  /** A backup was restored and declared (R2): what was born before `at` is dead. */
  | { readonly what: 'restored'; readonly at: number }

/** A fault begins. */
export interface FaultBegins {
  readonly what: 'fault'
  readonly at: number
  readonly fault: number
  readonly kind: string
  readonly on: string
  readonly isPlanned: boolean
  /** Services that cannot reach a working issuer meanwhile. */
  readonly severs: readonly string[]
  /** Whether it can hold up a person's request at the issuer. */
  readonly holds: boolean
  /** How long until all is well again after its end, in milliseconds. */
  readonly recovers: number
}

/** Where events go: kept up to a number, and written to a file if one is named. */
export interface History {
  take(event: Event): void
  readonly events: readonly Event[]
  close(): Promise<void>
}

/** More than a run of an hour makes; beyond it the run is ended rather than half judged. */
const most = 4_000_000

/** Opens one; `file`: as NDJSON, too. */
export function openHistory(file: string | undefined): History {
  const events: Event[] = []
  const stream: WriteStream | undefined = file === undefined ? undefined : createWriteStream(file)
  return {
    events,
    take(event) {
      if (events.length >= most) throw new Error(`the history has ${most} events: run for a shorter time`)
      events.push(event)
      stream?.write(`${JSON.stringify(event)}\n`)
    },
    close: () => new Promise((done) => (stream ? stream.end(done) : done())),
  }
}
