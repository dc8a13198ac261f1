import type { World } from '../../world.ts'
import { bytesText } from '../blob.ts'
import { checkLease, pauseMargin, waitFor } from '../margins.ts'
import { entryAt, entryColumns } from '../rows.ts'
import type { Beat, BeatAnswer, Ledger } from '../store.ts'
import type { Batches } from './batch.ts'
import { type Database, prepareReader, prepareWriter } from './database.ts'
import type { LedgerState, StateReader } from './ledger-state.ts'
import { prepareReceipts } from './receipts.ts'
import { prepareRestore, toSecond } from './restore.ts'
import type { Verifiers } from './verifiers.ts'

export interface LedgerParts {
  readonly database: Database
  readonly batches: Batches
  readonly state: StateReader
  readonly verifiers: Verifiers
  readonly world: Pick<World, 'random' | 'after'>
  readonly log: { warn(facts: object, message?: string): void; error(facts: object, message?: string): void }
}

/** The ledger's port, and what wakes whoever listens. */
export interface SqliteLedger {
  readonly ledger: Ledger
  wake(what: 'entry' | 'acknowledged'): void
}

const tenMinutes = 600_000
/** Entries that one step of the horizon deletes at once; pruning goes on with the rest. */
const bite = 5_000

/**
 * Reads are synchronous, outside of any transaction, on the only connection, and COMMIT has synced the log (`synchronous = FULL`): what they
 * see is durable (R3), and what two statements read in one go is as if one had.
 */
export function ledgerOf({ database, batches, state, verifiers, world, log }: LedgerParts): SqliteLedger {
  const listeners = new Set<(what: 'entry' | 'acknowledged') => void>()
  const service = prepareReader(database, 'SELECT refused, max_rows FROM services WHERE id = ?')
  const entries = prepareReader(database, `SELECT ${entryColumns} FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?`)
  const advance = prepareWriter(
    database,
    `UPDATE ledger_state SET horizon = max(horizon, min(?, horizon + ${tenMinutes})) WHERE one = 1 AND horizon = ?`,
  )
  const forget = prepareWriter(
    database,
    `DELETE FROM ledger WHERE seq IN
       (SELECT seq FROM ledger WHERE until <= (SELECT horizon FROM ledger_state WHERE one = 1) ORDER BY until LIMIT ${bite})`,
  )
  // D3: raising raises what is waited as well; lowering leaves it to `lowerWait`.
  const lease = prepareWriter(
    database,
    `UPDATE ledger_state SET lease_ms = ?, wait_ms = max(wait_ms, ?), incarnation = ?, lease_back = NULL, pause_until = NULL WHERE one = 1`,
  )
  const pause = prepareWriter(
    database,
    `UPDATE ledger_state SET lease_back = coalesce(lease_back, lease_ms), pause_until = ?, lease_ms = max(lease_ms, ?), wait_ms = max(wait_ms, ?),
       incarnation = ? WHERE one = 1`,
  )
  const endPause = prepareWriter(
    database,
    `UPDATE ledger_state SET lease_ms = lease_back, lease_back = NULL, pause_until = NULL, incarnation = ?
     WHERE one = 1 AND lease_back IS NOT NULL AND pause_until <= ?`,
  )
  const lower = prepareWriter(database, 'UPDATE ledger_state SET wait_ms = ?, incarnation = ? WHERE one = 1 AND incarnation = ?')
  const settle = prepareWriter(database, 'UPDATE ledger_state SET settled = 1 WHERE one = 1 AND incarnation = ?')
  const raise = prepareWriter(database, 'UPDATE ledger_state SET max_ttl = max(max_ttl, ?) WHERE one = 1')
  const restored = prepareRestore(database)
  const receipts = prepareReceipts(database)
  const incarnation = () => bytesText(world.random(16))
  const write = async (work: Parameters<typeof batches.add<void>>[0]) => void (await batches.add(work))

  function wake(what: 'entry' | 'acknowledged'): void {
    for (const listener of listeners) {
      try {
        listener(what)
      } catch (error) {
        log.error({ event: 'store.listener', error: String(error) }, 'a listener of the ledger failed')
      }
    }
  }

  function waiting() {
    const { waitMs, settled, incarnation, pause } = state.whole()
    return { waitMs, settled, incarnation, isPaused: pause !== undefined }
  }

  function remove(name: string, id: string, why: 'released' | 'silent', beat?: number): void {
    const now = batches.ready()
    if (verifiers.remove(name, id, why, now, beat)) wake('acknowledged')
  }

  function beatOne(beat: Beat, { head, leaseMs, version }: LedgerState, now: number): BeatAnswer & { readonly moved?: boolean } {
    const [refused, maxRows] = service.get(beat.service) ?? [1, 0]
    if (refused !== 0) return { outcome: 'refused' } // F7: unknown or refused
    if ((beat.version ?? 1) < version) return { outcome: 'outdated', head } // V9
    const written = verifiers.write(beat, head, Number(maxRows), now)
    return written ? { outcome: 'written', leaseMs, head, moved: written.moved } : { outcome: 'full' }
  }

  const ledger: Ledger = {
    async beat(rows) {
      const now = batches.ready()
      const whole = state.whole()
      const answers = rows.map((row) => beatOne(row, whole, now))
      if (answers.some(({ moved }) => moved)) wake('acknowledged')
      return answers.map(({ moved: _, ...answer }) => answer as BeatAnswer)
    },
    async read(after, limit) {
      batches.ready()
      const { head, horizon } = state.whole()
      const found = entries.all(after, limit + 1)
      return { head, horizon, entries: found.slice(0, limit).map(entryAt), more: found.length > limit } // E2: read together
    },
    async waitingFor(seq) {
      batches.ready()
      return { rows: verifiers.all().filter(({ acked }) => acked < seq), ...waiting() }
    },
    async rows() {
      const now = batches.ready()
      const { leaseMs, head, horizon, pause } = state.whole()
      return { rows: verifiers.all(), past: verifiers.past(now), leaseMs, head, horizon, pause, ...waiting() }
    },
    release: async (name, id) => remove(name, id, 'released'),
    forget: async (row) => remove(row.service, row.id, 'silent', row.beat), // L4
    advanceHorizon: (seen) =>
      write(({ now }) => {
        if (advance(now, seen) === 0) return
        forget()
        const { maxTtl, horizon } = state.whole()
        if (now > horizon + maxTtl + tenMinutes) {
          log.warn(
            { event: 'ledger.clock_ahead', aheadMs: now - horizon },
            'the clock is far ahead of the ledger: did it leap, or was the issuer away?',
          )
        }
      }),
    changeLease: (leaseMs) =>
      write(() => {
        checkLease(leaseMs)
        lease(leaseMs, waitFor(leaseMs), incarnation())
      }),
    lowerWait: (seen) => write(() => void lower(waitFor(state.whole().leaseMs), incarnation(), seen)),
    pause: (milliseconds) =>
      write(({ now }) => {
        checkLease(milliseconds + pauseMargin)
        pause(now + milliseconds, milliseconds + pauseMargin, waitFor(milliseconds + pauseMargin), incarnation())
      }),
    endPause: (when) => write(({ now }) => void endPause(incarnation(), when === 'now' ? Number.MAX_SAFE_INTEGER : now)),
    settle: (seen) => write(() => void settle(seen)),
    async restore(longestLeaseMs) {
      checkLease(longestLeaseMs)
      // R2: numbers come from the second, and a restore of the same backup just before may have had this one.
      const asked = batches.ready()
      for (let now = asked; toSecond(now) === toSecond(asked); now = batches.ready()) {
        const left = 1000 - (now % 1000)
        await new Promise<void>((resolve) => void world.after(left, resolve))
      }
      await write((at) => restored(at, waitFor(longestLeaseMs), incarnation()))
      verifiers.clear() // whoever they were: nothing is confirmed before their leases are over
    },
    raiseMaxTtl: (milliseconds) => write(() => void raise(milliseconds)),
    saveReceipt: (receipt) => write(() => receipts.save(receipt)),
    async receipt(id) {
      return receipts.byId(id, batches.ready())
    },
    async receiptFor(seq) {
      return receipts.bySeq(seq, batches.ready())
    },
    onChange(listener) {
      const own = (what: 'entry' | 'acknowledged') => listener(what)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
  return { ledger, wake }
}
