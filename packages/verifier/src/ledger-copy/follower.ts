import { type Transport, type TransportAnswer, TransportError } from '../transport.ts'
import { encodeBase64url, FOLLOW_VERSION, type FollowAnswer, type OnLeaseLost, type readFollowAnswer } from '../wire/index.ts'
import type { World } from '../world.ts'
import type { LedgerCopy } from './copy.ts'
import type { Sent } from './lease.ts'
import type { Standing } from './take-answer.ts'
import type { Timing } from './timing.ts'

/** Follows the ledger at the issuer for as long as the verifier lives. */
export interface Follower {
  start(): void
  /** V7: gives up the lease for good, then says so. Resolves when the issuer has heard it, or after a second. */
  close(): Promise<void>
  /** How long the issuer's answers are waited for now (D2). */
  patience(): number
}

/** What stands in the way of following, and whether it needs somebody to do something. */
export type FollowProblem = { message: string; definitive: boolean }

/** What a follower is made of. */
export type FollowerNeeds = {
  world: World
  transport: Pick<Transport, 'follow' | 'release'>
  onLeaseLost: OnLeaseLost
  standing: Standing
  timing: Timing
  makeId(world: World): string
  makeCopy(): LedgerCopy
  readAnswer: typeof readFollowAnswer
  take(answer: FollowAnswer, sent: Sent): void
  /** Words for an answer that is not 200. */
  refusal(answer: TransportAnswer): FollowProblem
  /** Called after each answer and each failure; undefined is all well. */
  report(problem: FollowProblem | undefined): void
}

const tryAgainAfterUnknown = 60_000
const patienceForRelease = 1_000

/** V2: 128 random bits, made by each process when it begins to follow. */
export function makeVerifierId(world: World): string {
  return encodeBase64url(world.random(16))
}

/** Makes a follower that has not started. */
export function makeFollower(needs: FollowerNeeds): Follower {
  const { world, transport, standing, timing } = needs
  let id: string | undefined
  let life = 0 // V8, KEEPID: answers to what an earlier id asked are not taken
  let lastLease: number | undefined
  let idleAnswers = 0
  let isClosed = false
  let callOff = () => {}

  const begin = () => {
    id = needs.makeId(world)
    ask(0) // V8: the first request is not held
  }

  const ask = (hold: number) => {
    if (id === undefined) return
    const mine = life
    const controller = new AbortController()
    let isSettled = false
    let cancelTimer = () => {}
    const settle = (then: () => void) => {
      if (isSettled || mine !== life) return
      isSettled = true
      cancelTimer()
      then()
    }
    const patience = timing.patience(lastLease)
    // V4: the clocks are read before the request leaves. V3: it asks only with what was applied.
    const sent: Sent = { monotonic: world.monotonic(), wall: world.wall() }
    const request = { version: FOLLOW_VERSION, id, after: standing.copy.seq, hold, on_lease_lost: needs.onLeaseLost }
    cancelTimer = world.after(patience, () => {
      settle(() => failed({ message: `no answer within ${patience} ms`, definitive: false }, 0))
      controller.abort()
    })
    callOff = () => {
      cancelTimer()
      controller.abort()
    }
    transport.follow(request, controller.signal).then(
      (answer) => settle(() => receive(answer, sent, hold)),
      (error: unknown) => settle(() => failed(problemOf(error), 0)),
    )
  }

  const receive = (answer: TransportAnswer, sent: Sent, hold: number) => {
    if (answer.status === 409) {
      startCold() // V8: the ledger went back (F2)
      return failed(needs.refusal(answer), 0)
    }
    // After all but 409 the lease runs on.
    if (answer.status !== 200) return failed(needs.refusal(answer), (answer.retryAfter ?? 0) * 1_000)
    const read = needs.readAnswer(answer.body)
    if ('problem' in read) {
      return read.unknown ? giveUpForNow(read.problem) : failed({ message: read.problem, definitive: false }, 0)
    }
    needs.take(read, sent)
    if (read.lease > 0) lastLease = read.lease
    needs.report(undefined)
    // V8: again at once. Only who answers nothing at once, again and again, is not asked as fast as it answers.
    const isIdle = read.entries.length === 0 && world.monotonic() - sent.monotonic < hold / 2
    idleAnswers = isIdle || (read.lease === 0 && read.entries.length === 0) ? idleAnswers + 1 : 0
    const next = timing.hold(lastLease)
    if (idleAnswers > 2) later(backOff(), next)
    else ask(next)
  }

  /** V8: 50 to 250 ms with jitter, and the next request is not held. Longer where a person must do something first. */
  const failed = (problem: FollowProblem, atLeast: number) => {
    needs.report(problem)
    later(backOff() + (problem.definitive ? 1_000 : Math.min(atLeast, 1_000)), 0)
  }

  const later = (milliseconds: number, hold: number) => {
    const mine = life
    callOff = world.after(milliseconds, () => {
      if (mine === life) ask(hold)
    })
  }

  const backOff = () => {
    const [high = 0, low = 0] = world.random(2)
    return 50 + ((high * 256 + low) / 65_536) * 200
  }

  /** Nothing of before counts any more: no copy, no lease, another id (V8, V9). */
  const startCold = () => {
    callOff()
    life++
    standing.lease.drop()
    standing.copy = needs.makeCopy()
    id = isClosed ? undefined : needs.makeId(world)
  }

  /** V9: something in the answer is not known here, so it must not be acknowledged, and what follows it cannot be trusted. */
  const giveUpForNow = (problem: string) => {
    const given = id
    startCold()
    if (given !== undefined) void release(given)
    needs.report({ message: `${problem}: update @curfew/verifier; until then the issuer is asked about each token`, definitive: true })
    later(tryAgainAfterUnknown, 0)
  }

  const release = async (given: string): Promise<void> => {
    let cancel = () => {}
    const late = new Promise<void>((resolve) => {
      cancel = world.after(patienceForRelease, resolve)
    })
    // (L): without it, sign-outs wait for the rest of the lease.
    await Promise.race([transport.release({ version: FOLLOW_VERSION, id: given }).catch(() => {}), late])
    cancel()
  }

  return {
    start: begin,
    patience: () => timing.patience(lastLease),
    async close() {
      if (isClosed) return
      isClosed = true
      const given = id
      standing.lease.giveUp() // V7: first the lease, for good
      startCold()
      if (given !== undefined) await release(given)
    },
  }
}

function problemOf(error: unknown): FollowProblem {
  if (error instanceof TransportError) return { message: error.message, definitive: error.definitive }
  return { message: error instanceof Error ? error.message : String(error), definitive: false }
}
