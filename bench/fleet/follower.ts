import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { type FollowAnswer, readFollowAnswer } from '@curfew/verifier/wire'

/** What a fleet of followers has done so far. */
export interface Followed {
  requests: number
  /** Answers with entries in them, and those entries. */
  withEntries: number
  entries: number
  /** Leases that were over before the next one came. */
  lapses: number
  failures: number
}

/** Where a follower asks, and as whom. */
export interface Whereabouts {
  readonly port: number
  readonly authorization: string
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
let lastAnswer: FollowAnswer | undefined

function readAnswer(text: string): FollowAnswer | undefined {
  if (text === lastText) return lastAnswer
  const read = readFollowAnswer(JSON.parse(text))
  lastText = text
  lastAnswer = 'problem' in read ? undefined : read
  return lastAnswer
}

/**
 * Follows the ledger over one kept connection of HTTP/1.1, by V2–V4 and V8: it acknowledges what it took in and nothing else, has one request
 * out at a time, and times its lease from the sending. It keeps no names: nothing is verified with it.
 */
export function leanFollower({ port, authorization }: Whereabouts, counts: Followed): Follower {
  let id = randomBytes(16).toString('base64url')
  let seq = 0
  let lease = 0
  let leaseEnd = 0
  let sentAt = 0
  let isAsking = false
  let againAt = Number.POSITIVE_INFINITY
  let socket: Socket | undefined
  let came: Buffer | undefined

  const open = (): Socket => {
    const made = connect({ port, host: '127.0.0.1', noDelay: true })
    const lost = (): void => {
      if (socket === made) failed()
    }
    made.on('data', (part) => {
      if (socket === made) take(part)
    })
    made.on('error', lost)
    made.on('close', lost)
    return made
  }

  const ask = (hold: number): void => {
    socket ??= open()
    const body = `{"version":1,"id":"${id}","after":${seq},"hold":${hold},"on_lease_lost":"introspect"}`
    isAsking = true
    sentAt = performance.now() // V4
    counts.requests += 1
    socket.write(
      `POST /ledger/follow HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
  }

  const failed = (): void => {
    counts.failures += 1
    const gone = socket
    socket = undefined
    came = undefined
    isAsking = false
    gone?.destroy()
    againAt = performance.now() + 50 + Math.random() * 200 // V8
  }

  const take = (part: Buffer): void => {
    const bytes = came ? Buffer.concat([came, part]) : part
    const end = bytes.indexOf('\r\n\r\n')
    const head = end < 0 ? '' : bytes.toString('latin1', 0, end)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
    if (end < 0 || bytes.length < end + 4 + length) {
      came = bytes
      return
    }
    came = undefined
    isAsking = false
    receive(Number(head.slice(9, 12)), bytes.toString('utf8', end + 4, end + 4 + length))
  }

  const receive = (status: number, text: string): void => {
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
    if (answer.entries.length > 0) {
      counts.withEntries += 1
      counts.entries += answer.entries.length
    }
    seq = Math.max(seq, answer.up_to) // V3
    leaseEnd = Math.max(leaseEnd, sentAt + answer.lease)
    if (answer.lease > 0) lease = answer.lease
    ask(Math.floor(lease * 0.3)) // D2
  }

  return {
    start: () => ask(0),
    look(now) {
      if (isAsking && now - sentAt > (lease === 0 ? 20_000 : lease * 0.4)) failed()
      else if (!isAsking && now >= againAt) {
        againAt = Number.POSITIVE_INFINITY
        ask(0)
      }
    },
    get hasLease() {
      return performance.now() < leaseEnd
    },
  }
}
