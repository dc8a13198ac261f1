import type { Effect } from '../../src/domain/effect.ts'
import type { Held, Load, Store } from '../../src/store/store.ts'
import type { Broken } from '../broken.ts'
import { overLedger } from './follow.ts'

const ends = (effects: readonly Effect[] | undefined): boolean => (effects ?? []).some(({ do: verb }) => verb === 'end' || verb === 'cut')

/** The broken parts of S1 to S3, L1, D1 and D3. */
export const signOut: readonly Broken[] = [
  {
    name: 'TWOTX',
    rule: 'L1',
    wrong: 'the row is marked in one transaction, the entry is written in the next one',
    scenario: 'crashes',
    replace() {
      // Beyond every crash, as a column of the database is.
      const marked = new Map<string, number>()
      return {
        issuer: {
          store: (store, process) => ({
            ...store,
            async update(load, decide) {
              const blind = <K extends Load['kind']>(held: Held[K]): Held[K] => withMarks(held, marked)
              if (load.kind === 'session' && !marked.has(load.sid)) {
                const first = await store.update(load, (held, at) => {
                  const verdict = decide(blind(held), at)
                  return ends(verdict.effects) ? { outcome: 'marked' } : verdict
                })
                if (first.outcome !== 'marked') return first as never
                const { at } = await store.begin({ kind: 'head' })
                marked.set(load.sid, at.head)
                await process.step()
                const second = await store.update(load, decide) // the entry
                marked.delete(load.sid)
                return second
              }
              return store.update(load, (held, at) => decide(blind(held), at))
            },
          }),
        },
      }
    },
  },
  {
    name: 'READFIRST',
    rule: 'S2',
    wrong: 'the rows are read before the commit',
    scenario: 'newcomer',
    replace: () => ({
      issuer: {
        store(store, process) {
          const before = new Map<number, ReadonlySet<string>>()
          const read = async () => new Set((await store.ledger.rows()).rows.map(({ id }) => id))
          const over: Store = {
            ...store,
            async update(load, decide) {
              const known = await read()
              await process.step()
              const done = await store.update(load, decide)
              for (const { seq } of done.entries) before.set(seq, known)
              return done
            },
          }
          return overLedger(over, (ledger) => ({
            async waitingFor(seq) {
              const waiting = await ledger.waitingFor(seq)
              const known = before.get(seq)
              return known ? { ...waiting, rows: waiting.rows.filter(({ id }) => known.has(id)) } : waiting
            },
          }))
        },
      },
    }),
  },
  {
    name: 'WAITEARLY',
    rule: 'S2',
    wrong: 'the wait is counted from before the transaction',
    scenario: 'to the brim',
    replace() {
      const early = new Map<number, number>()
      let next: number | undefined
      return {
        issuer: {
          store(store, process) {
            const over: Store = {
              ...store,
              async update(load, decide) {
                const now = process.monotonic()
                const done = await store.update(load, decide)
                for (const { seq } of done.entries) early.set(seq, now)
                return done
              },
            }
            return overLedger(over, (ledger) => ({
              async waitingFor(seq) {
                const waiting = await ledger.waitingFor(seq)
                next = early.get(seq)
                early.delete(seq)
                return waiting
              },
            }))
          },
          ledgerWorld: (world) => ({
            ...world,
            monotonic() {
              const now = next ?? world.monotonic()
              next = undefined
              return now
            },
          }),
        },
      }
    },
  },
  waiting('SHORTWAIT', 'S2', 'the wait is shorter than the lease', 'cut off', (waitMs) => waitMs * 0.7),
  waiting('DRIFT', 'D1', 'the wait is as long as the lease, with no room for clocks that differ', 'to the brim', (_, leaseMs) => leaseMs),
  {
    name: 'NOWAIT',
    rule: 'S3',
    wrong: 'what has ended already is confirmed at once',
    scenario: 'slow',
    replace: () => ({
      issuer: {
        services(services) {
          const { confirmation } = services
          return {
            ...services,
            confirmation: {
              ...confirmation,
              again: async (seq, ending) => ({ ...(await confirmation.again(seq, ending, 0)), outcome: 'confirmed' }),
            },
          }
        },
      },
    }),
  },
  {
    name: 'LEASEATF2',
    rule: 'D3',
    wrong: 'the lease is read after the row was written',
    scenario: 'lease raised',
    replace: ({ chance }) => ({
      issuer: {
        store: (store, process) =>
          overLedger(store, (ledger) => ({
            async beat(rows) {
              const answers = await ledger.beat(rows)
              await new Promise<void>((resolve) => process.soon(chance.between(40, 170), resolve))
              const { leaseMs } = await ledger.rows()
              return answers.map((answer) => (answer.outcome === 'written' ? { ...answer, leaseMs } : answer))
            },
          })),
      },
    }),
  },
  {
    name: 'LOWERATONCE',
    rule: 'D3',
    wrong: 'the wait is lowered with the lease',
    scenario: 'lease changed',
    replace: () => ({
      issuer: {
        store: (store) =>
          overLedger(store, (ledger) => ({
            async changeLease(leaseMs) {
              await ledger.changeLease(leaseMs)
              await ledger.lowerWait((await ledger.rows()).incarnation)
            },
          })),
      },
    }),
  },
  {
    name: 'OLDWATCH',
    rule: 'D3',
    wrong: 'the watch of an earlier lowering counts',
    scenario: 'lease changed',
    replace: () => ({
      issuer: {
        store: (store) =>
          overLedger(store, (ledger) => ({
            rows: async () => ({ ...(await ledger.rows()), incarnation: 'always the same' }),
            lowerWait: async () => ledger.lowerWait((await ledger.rows()).incarnation),
          })),
      },
    }),
  },
]

function waiting(name: string, rule: string, wrong: string, scenario: string, waitOf: (waitMs: number, leaseMs: number) => number): Broken {
  return {
    ...{ name, rule, wrong, scenario },
    replace: ({ setting }) => ({
      issuer: {
        store: (store) =>
          overLedger(store, (ledger) => ({
            async waitingFor(seq) {
              const waiting = await ledger.waitingFor(seq)
              return { ...waiting, waitMs: waitOf(waiting.waitMs, setting.leaseMs) }
            },
          })),
      },
    }),
  }
}

/** Sessions that the first of two transactions has marked are seen as ended. */
function withMarks<H>(held: H, marked: ReadonlyMap<string, number>): H {
  if (typeof held !== 'object' || held === null || !('session' in held)) return held
  const session = held.session as { sid: string } | undefined
  const seq = session && marked.get(session.sid)
  return seq === undefined ? held : { ...held, session: { ...session, endedSeq: seq } }
}
