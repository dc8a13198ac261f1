import { randomBytes } from 'node:crypto'
import { type FollowAnswer, readFollowAnswer } from '@curfew/verifier/wire'
import { type Line, openLine, type Whereabouts } from './line.ts'

/** What a fleet of followers has done so far. */
export interface Followed {
  /** Spare ones are told apart. */
  requests: number
  spares: number
  /** Spares that were answered since a message got lost, or was thought to be. */
  used: number
  /** Answers with entries in them, and those entries. */
  withEntries: number
  entries: number
  /** Leases that were over before the next one came. */
  lapses: number
  failures: number
}

/** A verifier without the verifying. */
export interface Follower {
  start(): void
  /** Looks whether its patience is over (D2); called now and then instead of a timer for each. */
  look(now: number): void
  readonly hasLease: boolean
}

/** Answers to thousands are the same bytes: the last one is read once. */
let lastText = ''
let lastAnswer: (FollowAnswer & { readonly wanted: number }) | undefined

function readAnswer(text: string): typeof lastAnswer {
  if (text === lastText) return lastAnswer
  const value = JSON.parse(text) as { spares?: number }
  const read = readFollowAnswer(value)
  lastText = text
  lastAnswer = 'problem' in read ? undefined : { ...read, wanted: value.spares ?? 0 }
  return lastAnswer
}

/**
 * Follows the ledger over kept connections, by V2–V4, V8 and F8: it acknowledges what it took in and nothing else, waits for one request at a time
 * with as many spares beside it as the issuer wants, and times its lease from the sending. It keeps no names: nothing is verified with it.
 */
export function leanFollower(whereabouts: Whereabouts, counts: Followed): Follower {
  let id = randomBytes(16).toString('base64url')
  let seq = 0
  let lease = 0
  let leaseEnd = 0
  let sentAt = 0
  let wanted = 0
  let againAt = Number.POSITIVE_INFINITY
  const lines = new Set<Line>()
  const parked = new Set<Line>()
  /** The line of the request that is waited for. */
  let waiting: Line | undefined

  const freeLine = (): Line => {
    for (const line of lines) if (!line.isBusy) return line
    const made = openLine(
      whereabouts,
      (status, text) => came(made, status, text),
      () => {
        lines.delete(made)
        parked.delete(made)
        if (waiting === made) failed()
      },
    )
    lines.add(made)
    return made
  }

  const ask = (hold: number): void => {
    waiting = freeLine()
    sentAt = performance.now() // V4
    counts.requests += 1
    waiting.ask(`{"version":1,"id":"${id}","after":${seq},"hold":${hold},"on_lease_lost":"introspect"}`)
    while (hold > 0 && parked.size < wanted) {
      const line = freeLine()
      parked.add(line)
      counts.spares += 1
      line.ask(`{"version":1,"id":"${id}","after":${seq},"hold":15000,"on_lease_lost":"introspect","spare":true}`)
    }
  }

  const dropAll = (): void => {
    for (const line of lines) line.drop()
    lines.clear()
    parked.clear()
    waiting = undefined
  }

  const failed = (): void => {
    counts.failures += 1
    dropAll()
    againAt = performance.now() + 50 + Math.random() * 200 // V8
  }

  const came = (line: Line, status: number, text: string): void => {
    const isSpare = parked.delete(line)
    if (!isSpare && line !== waiting) return // a spare was faster
    if (isSpare && (!waiting || status !== 200 || text.includes('"entries":[]') || !text.includes('"lease":0'))) return
    if (isSpare) counts.used += 1
    waiting = undefined
    const answer = status === 200 ? readAnswer(text) : undefined
    if (status === 409) {
      id = randomBytes(16).toString('base64url')
      seq = lease = leaseEnd = 0
    }
    if (!answer) {
      failed()
      return
    }
    const now = performance.now()
    if (leaseEnd > 0 && now > leaseEnd) counts.lapses += 1
    if (answer.entries.length > 0 && answer.up_to > seq) {
      counts.withEntries += 1
      counts.entries += answer.entries.length
    }
    wanted = answer.wanted
    seq = Math.max(seq, answer.up_to) // V3
    // V4; over a spare there is none (F8).
    if (!isSpare) leaseEnd = Math.max(leaseEnd, sentAt + answer.lease)
    if (answer.lease > 0) lease = answer.lease
    ask(Math.floor(lease * 0.3)) // D2
  }

  return {
    start: () => ask(0),
    look(now) {
      if (waiting && now - sentAt > (lease === 0 ? 20_000 : lease * 0.4)) failed()
      else if (!waiting && now >= againAt) {
        againAt = Number.POSITIVE_INFINITY
        ask(0)
      }
    },
    get hasLease() {
      return performance.now() < leaseEnd
    },
  }
}
