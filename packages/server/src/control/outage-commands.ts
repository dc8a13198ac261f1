import { CurfewError } from '../errors.ts'
import { end } from '../use-cases/end.ts'
import type { Services } from '../use-cases/needs.ts'
import { randomId } from '../use-cases/random-id.ts'
import { number } from './arguments.ts'
import type { Command } from './command.ts'

/** D4: the longest pause; the lease is 20 s longer, and no lease is longer than ten minutes (D1). */
const longestPause = 580_000
const longestLease = 600_000
/** Between two looks at the rows, in milliseconds. */
const interval = 100
/** Who has the new lease asks again at the latest after a hold (15 s, D2) and its patience. In milliseconds. */
const patience = 40_000

/** `curfew pause`, `restored`: what is planned, and what was not. */
export const outageCommands: Readonly<Record<string, Command>> = {
  pause: async (args, services) => {
    const wanted = number(args, 'for_ms')
    if (wanted === undefined) throw new CurfewError('Say for how long: curfew pause --for 2min')
    if (wanted < 1000 || wanted > longestPause) throw new CurfewError('A pause is between 1 s and 580 s. Nothing was changed.')
    const { ledger } = services.store
    const { waitMs: oldWait } = await ledger.rows()
    await ledger.pause(wanted)
    const told = await untilHeard(services, oldWait)
    const { leaseMs, pause } = await ledger.rows()
    return { lease_ms: leaseMs, until: pause && Math.floor(pause.until / 1000), lease_back_ms: pause?.leaseBack, ...told }
  },
  'pause.end': async (_, { store }) => {
    await store.ledger.endPause('now')
    const { leaseMs, waitMs } = await store.ledger.rows()
    return { lease_ms: leaseMs, wait_ms: waitMs }
  },
  // R2. Only where nobody serves: the command line sees to that.
  restored: async (args, { store }) => {
    const lease = number(args, 'lease_ms') ?? longestLease
    if (lease < 200 || lease > longestLease) throw new CurfewError('A lease is between 200 ms and 10 minutes. Nothing was changed.')
    await store.ledger.restore(lease)
    const { head, waitMs } = await store.ledger.rows()
    return { head, wait_ms: waitMs }
  },
}

/**
 * D4 (2): until each verifier has told that the answer to a request from after the raise arrived, or has not asked at all for the old wait: then there
 * is no lease to save. That a row was written twice tells nothing: a verifier that gives up an answer asks again, and networks deliver twice. Entries
 * tell it. Who has acknowledged the first one has asked since the raise; the second is appended only after that was seen, so who has it got it
 * in the answer to that request or to a later one, and those carry the long lease.
 */
async function untilHeard(services: Services, oldWait: number): Promise<{ ready: Told[]; silent: Told[] }> {
  const { store, world } = services
  const since = world.monotonic()
  const first = await append(services)
  const seen = new Map<string, Heard>()
  for (;;) {
    const { rows } = await store.ledger.rows()
    const passed = world.monotonic() - since
    const present = new Set(rows.map(({ service, id }) => `${service} ${id}`))
    for (const key of seen.keys()) if (!present.has(key)) seen.delete(key) // it said goodbye, or is forgotten
    for (const { service, id, beat, acked } of rows) {
      const one = seen.get(`${service} ${id}`) ?? {
        told: { service, process: id.slice(0, 4) },
        beat,
        hasAsked: false,
        due: first,
        steps: 0,
      }
      seen.set(`${service} ${id}`, one)
      if (one.beat !== beat) one.hasAsked = true
      if (one.due === undefined || acked < one.due) continue
      one.steps += 1
      one.due = undefined
    }
    const all = [...seen.values()]
    const between = all.filter(({ due, steps }) => due === undefined && steps === 1)
    if (between.length > 0) {
      const second = await append(services) // only now: see above
      for (const one of between) one.due = second
    }
    const isOpen = all.some(({ steps, hasAsked }) => steps < 2 && passed < (hasAsked || steps > 0 ? patience : oldWait))
    if (!isOpen) {
      const told = (isReady: boolean): Told[] => all.flatMap((one) => (one.steps >= 2 === isReady ? one.told : []))
      return { ready: told(true), silent: told(false) }
    }
    await new Promise<void>((resolve) => void world.after(interval, resolve))
  }
}

/** An entry that ends nothing: of a token that was never given. Returns its number. */
async function append(services: Services): Promise<number> {
  const { world } = services
  const nothing = { token: randomId(world), expiresAt: world.wall() + 2 * patience }
  const { stored } = await end(nothing, { why: 'admin', wait: 0, reader: 'operator' }, services)
  return stored.entries.at(-1)!.seq
}

interface Heard {
  readonly told: Told
  readonly beat: number
  hasAsked: boolean
  /** The entry that it has to acknowledge next; undefined: that is still to be appended, or none. */
  due: number | undefined
  steps: number
}

interface Told {
  readonly service: string
  readonly process: string
}
