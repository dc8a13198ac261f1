import type { httpClient } from '../http-client.ts'
import type { Device } from '../judge.ts'
import type { History } from './history.ts'
import type { Member } from './member.ts'
import { oneOf } from './random.ts'
import type { Roster } from './roster.ts'

/** Asks every service, all the time, about tokens that are good and about some that are dead. */
export interface Checks {
  /** At once, at every service: requests that begin right after a confirmed answer. */
  ask(devices: readonly Device[]): void
  stop(): Promise<void>
}

/** Tokens in one request; while a service cannot say, one. */
const batch = 16
/** Milliseconds; what a service says in Retry-After. */
const retryAfter = 1000
/** Of these a verifier has 64 questions under way at most (V5): two requests are always less. */
const most = 25

/** Begins; `perSecond` tokens at all services together. */
export function openChecks(given: {
  readonly services: readonly Member[]
  readonly http: ReturnType<typeof httpClient>
  readonly history: History
  readonly roster: Roster
  readonly perSecond: number
  readonly random: () => number
}): Checks {
  const { services, http, history, roster, perSecond, random } = given
  const pace = (batch * services.length * 1000) / perSecond
  let isOver = false

  /** One request; undefined: no answer. */
  async function ask(service: Member, devices: readonly Device[]): Promise<string | undefined> {
    const body = JSON.stringify(devices.map(({ accessToken }) => accessToken))
    const sent = performance.now()
    try {
      const url = `http://127.0.0.1:${service.port}/decisions`
      const answer = await http.call(url, { method: 'POST', body, patience: 30_000 })
      const { verdicts, reasons } = JSON.parse(answer.text) as { verdicts: string; reasons: string[] }
      const tokens = devices.map(roster.numberOf)
      history.take({ what: 'checks', sent: answer.sentAt, at: answer.cameAt, service: service.name, tokens, verdicts, reasons })
      return verdicts
    } catch {
      history.take({ what: 'silence', sent, at: performance.now(), service: service.name, tokens: devices.length })
      return undefined
    }
  }

  async function steadily(service: Member): Promise<void> {
    let due = performance.now() + random() * pace
    let size = batch
    while (!isOver) {
      const ahead = due - performance.now()
      if (ahead > 1) await later(Math.min(ahead, 200))
      if (performance.now() < due - 1) continue
      // What was missed while it did not answer is made up for in part.
      due = Math.max(due + pace, performance.now() - 5000)
      const devices = Array.from({ length: size }, () => {
        const pool = random() < 0.2 && roster.dead.length > 0 ? roster.dead : roster.live
        return pool.length > 0 ? oneOf(pool, random) : undefined
      }).filter((device) => device !== undefined)
      if (devices.length === 0) continue
      const verdicts = await ask(service, devices)
      size = verdicts?.includes('u') ? 1 : batch
      if (verdicts === undefined) await later(200)
      else if (size === 1) await later(retryAfter)
    }
  }

  const queues = services.map((): Device[] => [])
  const wakes = services.map((): (() => void) => () => undefined)
  async function atOnce(service: Member, index: number): Promise<void> {
    const queue = queues[index]!
    while (!isOver || queue.length > 0) {
      if (queue.length === 0) await new Promise<void>((wake) => (wakes[index] = wake))
      const devices = queue.splice(0, most)
      if (devices.length > 0 && (await ask(service, devices)) === undefined) await later(100)
    }
  }

  const asking = services.flatMap((service, index) => [steadily(service), atOnce(service, index)])
  return {
    ask(devices) {
      for (const [index, queue] of queues.entries()) {
        queue.push(...devices.filter((device) => roster.numberOf(device) > 0))
        if (queue.length > 2000) queue.splice(0, queue.length - 2000)
        wakes[index]!()
      }
    },
    async stop() {
      isOver = true
      for (const wake of wakes) wake()
      await Promise.all(asking)
    },
  }
}

const later = (milliseconds: number): Promise<void> => new Promise((passed) => setTimeout(passed, milliseconds))
