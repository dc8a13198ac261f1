import type { World } from '../../world.ts'
import { bytesText } from '../blob.ts'
import { beatsAtATime } from '../ledger.ts'
import { checkLease } from '../margins.ts'
import { entryAt } from '../rows.ts'
import { knownSorts } from '../sorts.ts'
import type { Ledger } from '../store.ts'
import { absent, type Database, present, state } from './database.ts'
import { away, LostError } from './failures.ts'
import type { Versions } from './gate.ts'
import { forgetEntries, moveHorizon, stateWriter } from './ledger-state.ts'
import { receiptsIn } from './receipts.ts'
import { restore } from './restore.ts'
import { verifiersIn } from './verifiers.ts'

export interface LedgerParts {
  readonly database: Pick<Database, 'run' | 'ahead' | 'using' | 'lane'>
  readonly world: Pick<World, 'random' | 'after' | 'monotonic'>
  readonly log: { warn(facts: object, message?: string): void; error(facts: object, message?: string): void }
  /** Who this node is, for other nodes that are woken. */
  readonly tag: string
  /** V9: what each look at the rows found. */
  readonly saw: (versions: Versions) => void
}

/** The ledger's port, and what wakes whoever listens. */
export interface PostgresLedger {
  readonly ledger: Ledger
  wake(what: 'entry' | 'acknowledged'): void
}

const tenMinutes = 600_000
/** With at most so many rows, those of the past among them, a look reads them all: what a receipt is made of costs no reading of its own. */
const few = 64
/** Entries that one step of the horizon deletes at once; pruning goes on with the rest. */
const bite = 5_000

/** The ledger in the database, the same for all nodes. */
export function ledgerOf({ database, world, log, tag, saw }: LedgerParts): PostgresLedger {
  const listeners = new Set<(what: 'entry' | 'acknowledged') => void>()
  const verifiers = verifiersIn({ run: database.ahead }, database.lane(beatsAtATime))
  const receipts = receiptsIn(database)
  const incarnation = (): string => bytesText(world.random(16))
  const change = stateWriter(database, incarnation)
  const acknowledged = `acknowledged ${tag}`
  let rowsThere = Number.POSITIVE_INFINITY

  async function all(): Promise<Awaited<ReturnType<typeof verifiers.all>>> {
    const read = await verifiers.all()
    rowsThere = read.rows.length + read.past.length
    saw(read.versions)
    return read
  }

  function wake(what: 'entry' | 'acknowledged'): void {
    for (const listener of listeners) {
      try {
        listener(what)
      } catch (error) {
        log.error({ event: 'store.listener', error: String(error) }, 'a listener of the ledger failed')
      }
    }
  }

  async function remove(name: string, id: string, why: 'released' | 'silent', beat?: number): Promise<void> {
    if (await verifiers.remove(name, id, why, acknowledged, beat)) wake('acknowledged')
  }

  const ledger: Ledger = {
    async beat(rows) {
      if (rows.length === 0) return []
      const { answers, moved } = await verifiers.write(rows, acknowledged)
      if (moved) wake('acknowledged')
      return answers
    },
    async read(after, limit) {
      // L3, E2: one statement.
      const { rows } = await database.ahead({
        text: `SELECT l.head, l.horizon, e.seq, e.sort, e.what, e.id, e.until FROM (SELECT l.head, l.horizon FROM ${state}) l
          LEFT JOIN LATERAL (SELECT * FROM curfew.ledger o WHERE o.seq > $1::bigint ORDER BY o.seq LIMIT $2::bigint) e ON true ORDER BY e.seq`,
        values: [after, limit + 1],
      })
      const [head, horizon] = present(rows) as readonly number[] as readonly [number, number]
      const entries = rows.flatMap((row) => (row[2] === null ? [] : [entryAt(row.slice(2))]))
      return { head, horizon, entries: entries.slice(0, limit), more: entries.length > limit }
    },
    async waitingFor(seq) {
      if (rowsThere > few) return verifiers.waitingFor(seq)
      const { rows, past, waitMs, settled, incarnation, isPaused, versions } = await all()
      if (versions.version > knownSorts) throw away(new LostError(absent)) // V9: this one decides
      return { rows: rows.filter(({ acked }) => acked < seq), waitMs, settled, incarnation, isPaused, whole: { rows, past } }
    },
    async rows() {
      const { versions, ...read } = await all()
      return read
    },
    release: (name, id) => remove(name, id, 'released'),
    forget: (row) => remove(row.service, row.id, 'silent', row.beat), // L4
    async advanceHorizon(seen) {
      const moved = await moveHorizon(database, seen)
      if (!moved) return
      const { horizon, maxTtl, now } = moved
      if (now > horizon + maxTtl + tenMinutes) {
        log.warn(
          { event: 'ledger.clock_ahead', aheadMs: now - horizon },
          'the clock is far ahead of the ledger: did it leap, or was the issuer away?',
        )
      }
      await database.run(forgetEntries(bite))
    },
    changeLease: change.changeLease,
    lowerWait: change.lowerWait,
    pause: change.pause,
    endPause: change.endPause,
    settle: change.settle,
    async restore(longestLeaseMs) {
      checkLease(longestLeaseMs)
      await restore(database, world, { longestLeaseMs, incarnation: incarnation(), wake: `entry ${tag}` })
      wake('entry')
    },
    raiseMaxTtl: change.raiseMaxTtl,
    saveReceipt: receipts.save,
    receipt: receipts.byId,
    receiptFor: receipts.bySeq,
    onChange(listener) {
      const own = (what: 'entry' | 'acknowledged') => listener(what)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
  return { ledger, wake }
}
