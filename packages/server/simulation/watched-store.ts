import type { Effect } from '../src/domain/effect.ts'
import type { Ledger, Store } from '../src/store/store.ts'
import type { Knowledge } from './knowledge.ts'
import type { Process } from './machine.ts'
import type { Setting } from './scenario.ts'

/** The store with a step after each of its promises, where the process may be stopped, and with the simulator's own notes of what was committed. */
export function watchedStore(
  store: Store,
  process: Process,
  knowledge: Knowledge,
  { slowQueries: isSlow = false, waits = {} }: Setting,
): Store {
  const stepped = async <T>(ask: () => Promise<T>, isLong = false): Promise<T> => {
    if (isSlow) await process.step()
    const value = await ask()
    await process.step(isLong)
    return value
  }
  return {
    ...store,
    async update(load, decide) {
      let effects: readonly Effect[] = []
      if (isSlow) await process.step()
      await process.wait(waits.update)
      const done = await store.update(load, (held, at) => {
        const verdict = decide(held, at)
        effects = verdict.effects ?? []
        return verdict
      })
      knowledge.committed(process.now(), effects, done.entries)
      await process.step(true)
      return done
    },
    begin: (query) => stepped(() => store.begin(query), true),
    ledger: {
      ...steppedLedger(store.ledger, stepped),
      rows: () => process.wait(waits.rows).then(() => stepped(() => store.ledger.rows())),
      forget: (row) => process.wait(waits.forget).then(() => stepped(() => store.ledger.forget(row))),
    },
    prune: (limit) => stepped(() => store.prune(limit)),
  }
}

function steppedLedger(ledger: Ledger, stepped: <T>(ask: () => Promise<T>) => Promise<T>): Omit<Ledger, 'rows' | 'forget'> {
  return {
    ...ledger,
    beat: (rows) => stepped(() => ledger.beat(rows)),
    read: (after, limit) => stepped(() => ledger.read(after, limit)),
    waitingFor: (seq) => stepped(() => ledger.waitingFor(seq)),
    release: (service, id) => stepped(() => ledger.release(service, id)),
    advanceHorizon: (seen) => stepped(() => ledger.advanceHorizon(seen)),
    changeLease: (leaseMs) => stepped(() => ledger.changeLease(leaseMs)),
    lowerWait: (incarnation) => stepped(() => ledger.lowerWait(incarnation)),
    settle: (incarnation) => stepped(() => ledger.settle(incarnation)),
    saveReceipt: (receipt) => stepped(() => ledger.saveReceipt(receipt)),
    receipt: (id) => stepped(() => ledger.receipt(id)),
    receiptFor: (seq) => stepped(() => ledger.receiptFor(seq)),
  }
}
