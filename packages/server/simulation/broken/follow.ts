import type { FollowAnswer } from '@curfew/verifier/wire'
import type { Ledger, Store, VerifierRow } from '../../src/store/store.ts'
import type { Services } from '../../src/use-cases/needs.ts'
import type { Broken } from '../broken.ts'

const keyOf = ({ service, id }: Pick<VerifierRow, 'service' | 'id'>): string => `${service} ${id}`

/** Lays something over the ledger of a store. */
export function overLedger(store: Store, over: (ledger: Ledger) => Partial<Ledger>): Store {
  return { ...store, ledger: { ...store.ledger, ...over(store.ledger) } }
}

function overFollow(services: Services, over: (follow: Services['followers']['follow']) => Services['followers']['follow']): Services {
  return { ...services, followers: { ...services.followers, follow: over(services.followers.follow) } }
}

const withAnswer = (answer: FollowAnswer): Awaited<ReturnType<Services['followers']['follow']>> => ({ outcome: 'answer', answer })

/** The broken parts of F1 to F5 and L4: rows, and what is read after them. */
export const follow: readonly Broken[] = [
  {
    name: 'NOROW',
    rule: 'F1',
    wrong: 'no row is written for a verifier that asks',
    scenario: 'slow',
    replace: () => ({
      issuer: {
        store: (store) =>
          overLedger(store, (ledger) => ({
            async beat(rows) {
              const { leaseMs, head } = await ledger.rows()
              return rows.map(() => ({ outcome: 'written', leaseMs, head }))
            },
          })),
      },
    }),
  },
  {
    name: 'NOBEAT',
    rule: 'F1',
    wrong: 'a row that is written again looks like the old one',
    scenario: 'silent',
    replace: () => ({
      issuer: {
        store: (store) =>
          overLedger(store, (ledger) => ({
            async rows() {
              const rows = await ledger.rows()
              return { ...rows, rows: rows.rows.map((row) => ({ ...row, beat: 1 })) }
            },
            forget: ({ service, id }) => ledger.release(service, id),
          })),
      },
    }),
  },
  {
    name: 'BEATONE',
    rule: 'F1',
    wrong: 'the beat of a row that is made anew begins at 1 again',
    scenario: 'silent',
    replace: () => ({
      issuer: {
        store(store) {
          const beats = new Map<string, number>()
          return overLedger(store, (ledger) => ({
            beat(rows) {
              for (const row of rows) beats.set(keyOf(row), (beats.get(keyOf(row)) ?? 0) + 1)
              return ledger.beat(rows)
            },
            async rows() {
              const rows = await ledger.rows()
              return { ...rows, rows: rows.rows.map((row) => ({ ...row, beat: beats.get(keyOf(row)) ?? row.beat })) }
            },
            async forget(row) {
              if (beats.get(keyOf(row)) !== row.beat) return
              await ledger.release(row.service, row.id)
              beats.delete(keyOf(row))
            },
          }))
        },
      },
    }),
  },
  {
    name: 'READBEFORE',
    rule: 'F2',
    wrong: 'the ledger is read before the row is written',
    scenario: 'newcomer',
    replace: () => ({
      issuer: {
        store(store, process) {
          let readUpTo: number | undefined
          return overLedger(store, (ledger) => ({
            async beat(rows) {
              readUpTo = (await ledger.rows()).head
              await process.step()
              return ledger.beat(rows)
            },
            read: async (after, limit) => cutAt(await ledger.read(after, limit), after, readUpTo),
          }))
        },
      },
    }),
  },
  {
    name: 'NOREAD',
    rule: 'F2',
    wrong: 'the answer is made from a copy that lags, without reading on',
    scenario: 'cold',
    replace: ({ chance, setting }) => ({
      issuer: {
        store(store, process) {
          const heads: { at: number; head: number }[] = []
          const lag = chance.between(0.05, 0.3) * setting.leaseMs
          return overLedger(store, (ledger) => ({
            async read(after, limit) {
              const read = await ledger.read(after, limit)
              heads.push({ at: process.now(), head: read.head })
              return cutAt(read, after, heads.findLast(({ at }) => at <= process.now() - lag)?.head ?? 0)
            },
          }))
        },
      },
    }),
  },
  {
    name: 'ACKONSEND',
    rule: 'F1',
    wrong: 'what was sent to a verifier counts as applied',
    scenario: 'slow',
    replace: () => ({
      issuer: {
        services: (services) =>
          overFollow(services, (follow) => async (asker, request, closed) => {
            const followed = await follow(asker, request, closed)
            if (followed.outcome === 'answer') {
              await services.store.ledger.beat([{ ...asker, id: request.id, after: followed.answer.up_to }])
            }
            return followed
          }),
      },
    }),
  },
  {
    name: 'PAGED',
    rule: 'F5',
    wrong: 'an answer with a part of the ledger gives a lease',
    scenario: 'cold',
    replace: ({ chance }) => ({
      issuer: {
        services: (services) =>
          overFollow(services, (follow) => async (asker, request, closed) => {
            const followed = await follow(asker, request, closed)
            if (followed.outcome !== 'answer' || followed.answer.entries.length < 2) return followed
            const entries = followed.answer.entries.slice(0, 1 + chance.below(followed.answer.entries.length - 1))
            return withAnswer({ ...followed.answer, entries, up_to: entries.at(-1)!.seq })
          }),
      },
    }),
  },
  {
    name: 'JUDGEEARLY',
    rule: 'L4',
    wrong: 'the clock that judges a row is read before the row is',
    scenario: 'to the brim',
    replace() {
      let early: number | undefined
      return {
        issuer: {
          store: (store, process) =>
            overLedger(store, (ledger) => ({
              async rows() {
                const now = process.monotonic()
                const rows = await ledger.rows()
                early = now
                return rows
              },
            })),
          ledgerWorld: (world) => ({
            ...world,
            monotonic() {
              const now = early ?? world.monotonic()
              early = undefined
              return now
            },
          }),
        },
      }
    },
  },
  {
    name: 'DELETEBLIND',
    rule: 'L4',
    wrong: 'a row is deleted whatever its beat is by now',
    scenario: 'returning',
    replace: ({ setting }) => ({
      issuer: {
        store: (store, process) =>
          overLedger(store, (ledger) => ({
            forget: ({ service, id }) => process.wait(setting.waits?.forget).then(() => ledger.release(service, id)),
          })),
      },
    }),
  },
  {
    name: 'DBCLOCK',
    rule: 'L4',
    wrong: 'rows are judged by the wall clock of the database, which leaps',
    scenario: 'slow',
    replace: ({ chance }) => ({
      issuer: {
        store: (store, process) =>
          overLedger(store, (ledger) => ({
            async rows() {
              const rows = await ledger.rows()
              if (chance.happens(0.02)) process.machine.setWall(10_000)
              const now = process.wall()
              for (const row of rows.rows) if (now - row.seen > rows.waitMs) await ledger.forget(row)
              return rows
            },
          })),
      },
    }),
  },
]

type Read = Awaited<ReturnType<Ledger['read']>>

/** As if the ledger had been read when its head was this. */
function cutAt(read: Read, after: number, head: number | undefined): Read {
  if (head === undefined || head >= read.head) return read
  const top = Math.max(head, after)
  return { ...read, head: top, entries: read.entries.filter(({ seq }) => seq <= top), more: false }
}
