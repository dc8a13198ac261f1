import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { openLedger } from '../../src/ledger/open-ledger.ts'
import type { Store } from '../../src/store/store.ts'
import type { Broken } from '../broken.ts'
import { overLedger } from './follow.ts'

/** The broken parts of R1: one process that is stopped, crashes, and starts. */
export const restart: readonly Broken[] = [
  {
    name: 'NOQUAR',
    rule: 'R1',
    wrong: 'after a crash it confirms at once',
    scenario: 'crashes',
    replace: () => ({ issuer: { store: (store) => settledAfter(store, () => true) } }),
  },
  {
    name: 'SHORTQUAR',
    rule: 'R1',
    wrong: 'after a crash it waits for less than the lease',
    scenario: 'crashes',
    replace: ({ setting }) => ({
      issuer: {
        store(store, process) {
          const since = process.now()
          return settledAfter(store, () => process.now() - since > setting.leaseMs * 0.4)
        },
      },
    }),
  },
  {
    name: 'CLEANQUAR',
    rule: 'R1',
    wrong: 'who has itself still to wait stops clean',
    scenario: 'crashes',
    replace: () => ({
      issuer: {
        store: (store) => ({
          ...store,
          async close() {
            await store.ledger.settle((await store.ledger.rows()).incarnation)
            await store.close()
          },
        }),
      },
    }),
  },
  {
    name: 'CLEANGRANT',
    rule: 'R1',
    wrong: 'it goes on giving leases after the rows were written down',
    scenario: 'planned restarts',
    replace({ chance, setting }) {
      let store: Store | undefined
      return {
        issuer: {
          store: (over) => (store = over),
          openLedger(parts) {
            const opened = openLedger(parts)
            return {
              ...opened,
              async stop() {
                const written = new Set((await parts.store.ledger.rows()).rows.map(({ id }) => id))
                await new Promise<void>((resolve) => parts.world.after(chance.between(0, setting.leaseMs * 0.2), resolve))
                await opened.stop()
                // What is on the disk is what was there when it was written down.
                const { rows } = await parts.store.ledger.rows()
                for (const { service, id } of rows) if (!written.has(id)) await store?.ledger.release(service, id)
              },
            }
          },
        },
      }
    },
  },
  {
    name: 'CLEANLATE',
    rule: 'R1',
    wrong: '`clean` is cleared only some time after the first lease was given',
    scenario: 'planned restarts',
    replace({ setting, now }) {
      let before: (() => { path: string; isWorth: boolean }) | undefined
      let writes = 0
      let since = 0
      return {
        issuer: {
          disk(real) {
            return {
              ...real,
              path() {
                const path = real.path()
                const kept = `${path}.before`
                copyFileSync(path, kept)
                rmSync(`${kept}-wal`, { force: true })
                if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${kept}-wal`)
                writes = 0
                since = now()
                before = () => ({ path: kept, isWorth: writes === 0 && now() - since < setting.leaseMs * 0.3 })
                return path
              },
              afterCrash(close) {
                const was = before?.()
                const path = real.afterCrash(close)
                // Nothing else was written, so the file is as it was before the flag was cleared.
                if (was?.isWorth) {
                  copyFileSync(was.path, path)
                  rmSync(`${path}-wal`, { force: true })
                  if (existsSync(`${was.path}-wal`)) copyFileSync(`${was.path}-wal`, `${path}-wal`)
                }
                return path
              },
            }
          },
          store: (store) => ({
            ...store,
            async update(load, decide) {
              const done = await store.update(load, decide)
              writes += 1
              return done
            },
          }),
        },
      }
    },
  },
]

function settledAfter(store: Store, isSettled: () => boolean): Store {
  return overLedger(store, (ledger) => ({
    async waitingFor(seq) {
      const waiting = await ledger.waitingFor(seq)
      return { ...waiting, settled: waiting.settled || isSettled() }
    },
  }))
}
