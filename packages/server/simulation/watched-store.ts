import type { Effect } from '../src/domain/effect.ts'
import type { Ledger, Store } from '../src/store/store.ts'
import type { Knowledge } from './knowledge.ts'
import type { Process } from './machine.ts'

/** The store with a step after each of its promises, where the process may be stopped, and with the simulator's own notes of what was committed. */
export function watchedStore(store: Store, process: Process, knowledge: Knowledge): Store {
  return {
    ...store,
    async update(load, decide) {
      let effects: readonly Effect[] = []
      const done = await store.update(load, (held, at) => {
        const verdict = decide(held, at)
        effects = verdict.effects ?? []
        return verdict
      })
      knowledge.committed(process.now(), effects, done.entries)
      await process.step()
      return done
    },
    async begin(query) {
      const begun = await store.begin(query)
      await process.step()
      return begun
    },
    ledger: steppedLedger(store.ledger, process),
    prune: (limit) => stepped(store.prune(limit), process),
  }
}

function steppedLedger(ledger: Ledger, process: Process): Ledger {
  return {
    ...ledger,
    beat: (rows) => stepped(ledger.beat(rows), process),
    read: (after, limit) => stepped(ledger.read(after, limit), process),
    waitingFor: (seq) => stepped(ledger.waitingFor(seq), process),
    rows: () => stepped(ledger.rows(), process),
    release: (service, id) => stepped(ledger.release(service, id), process),
    forget: (row) => stepped(ledger.forget(row), process),
    advanceHorizon: (seen) => stepped(ledger.advanceHorizon(seen), process),
    changeLease: (leaseMs) => stepped(ledger.changeLease(leaseMs), process),
    lowerWait: (incarnation) => stepped(ledger.lowerWait(incarnation), process),
    settle: (incarnation) => stepped(ledger.settle(incarnation), process),
    saveReceipt: (receipt) => stepped(ledger.saveReceipt(receipt), process),
    receipt: (id) => stepped(ledger.receipt(id), process),
    receiptFor: (seq) => stepped(ledger.receiptFor(seq), process),
  }
}

async function stepped<T>(promise: Promise<T>, process: Process): Promise<T> {
  const value = await promise
  await process.step()
  return value
}
