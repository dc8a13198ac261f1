import { CurfewError } from '../errors.ts'
import type { Services } from '../use-cases/needs.ts'
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
    const told = await untilTwice(services, oldWait)
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
 * D4 (2): until each row was written twice since the raise, since the second request tells that the answer to the first arrived; or not at all for
 * the old wait: there is no lease to save.
 */
async function untilTwice({ store, world }: Services, oldWait: number): Promise<{ ready: Told[]; silent: Told[] }> {
  const since = world.monotonic()
  const seen = new Map<string, { readonly told: Told; beat: number; written: number }>()
  for (;;) {
    const { rows } = await store.ledger.rows()
    const passed = world.monotonic() - since
    const present = new Set(rows.map(({ service, id }) => `${service} ${id}`))
    for (const key of seen.keys()) if (!present.has(key)) seen.delete(key) // it said goodbye, or is forgotten
    for (const { service, id, beat } of rows) {
      const known = seen.get(`${service} ${id}`)
      if (!known) seen.set(`${service} ${id}`, { told: { service, process: id.slice(0, 4) }, beat, written: 0 })
      else if (known.beat !== beat) Object.assign(known, { beat, written: known.written + 1 })
    }
    const all = [...seen.values()]
    const isOpen = all.some(({ written }) => written < 2 && passed < (written === 0 ? oldWait : patience))
    if (!isOpen) {
      const told = (isReady: boolean): Told[] => all.flatMap((one) => (one.written >= 2 === isReady ? one.told : []))
      return { ready: told(true), silent: told(false) }
    }
    await new Promise<void>((resolve) => void world.after(interval, resolve))
  }
}

interface Told {
  readonly service: string
  readonly process: string
}
