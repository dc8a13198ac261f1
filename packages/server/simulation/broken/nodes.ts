import { soundParts } from '../../../verifier/src/parts.ts'
import type { Services } from '../../src/use-cases/needs.ts'
import type { Broken } from '../broken.ts'
import { ONE } from '../postgres/tables.ts'
import type { Scope, Steps } from '../postgres/transaction.ts'
import { overLedger } from './follow.ts'

const isAppend = (text: string): boolean => text.includes('UPDATE curfew.ledger_state l SET head = l.head + $7')

/** What it takes several nodes, or transactions that overlap, to break. */
export const nodes: readonly Broken[] = [
  {
    name: 'GAPS',
    rule: 'L2',
    wrong: 'numbers come from a sequence: who is given the lower one may commit later',
    scenario: 'together',
    replace() {
      let last = 0
      return {
        database: {
          instead: (text, scope, run) => (isAppend(text) ? unlocked(scope, (head) => (last = Math.max(last, head)), run) : run()),
        },
      }
    },
  },
  {
    name: 'NOMARGIN',
    rule: 'M3',
    wrong: 'an entry is remembered for the longest token, and not a moment longer',
    scenario: 'slow commits',
    replace: () => ({ database: { rewritten: (text) => text.replace(/h\.max_ttl \+ 60000 END/, 'h.max_ttl + 0 END') } }),
  },
  {
    name: 'SLOWTX',
    rule: 'M3',
    wrong: 'a transaction may stay open for as long as its node is stopped',
    scenario: 'stopped transactions',
    replace: () => ({ database: { rewritten: (text) => text.replaceAll("'10s', true", "'0', true") } }),
  },
  {
    name: 'LEAP',
    rule: 'M3',
    wrong: 'the clock of the database leaps by minutes while a sign-out commits',
    scenario: 'slow commits',
    replace({ chance, machines }) {
      return {
        database: {
          instead(text, _, run) {
            const ran = run()
            return isAppend(text) && chance.happens(0.1)
              ? thenLeaping(ran as Steps<never>, () => machines.get('database')?.setWall(400_000))
              : ran
          },
        },
      }
    },
  },
  {
    name: 'HORIZONFIRST',
    rule: 'E2',
    wrong: 'the horizon is read first, and the entries some time later',
    scenario: 'forgotten after a restore',
    replace: ({ chance }) => ({
      issuer: {
        store: (store, process) =>
          overLedger(store, (ledger) => ({
            async read(after, limit) {
              const { horizon } = await ledger.rows()
              if (chance.happens(0.3)) await new Promise<void>((resolve) => process.soon(chance.between(0, 1_500), resolve))
              return { ...(await ledger.read(after, limit)), horizon }
            },
          })),
      },
    }),
  },
  {
    name: 'NOJUMP',
    rule: 'R2',
    wrong: 'after a restore the ledger goes on from the number that the backup has',
    scenario: 'restored',
    replace: () => ({
      database: {
        rewritten: (text) => text.replace('greatest(l.head, floor(extract(epoch FROM clock_timestamp()))::bigint * 1048576 - 1)', 'l.head'),
      },
    }),
  },
  {
    name: 'SAMESECOND',
    rule: 'R2',
    wrong: 'a restore takes the second in which it is asked for, and another one before it may have had that',
    scenario: 'restored',
    replace: () => ({
      database: { rewritten: (text) => text.replace(' AND floor(extract(epoch FROM clock_timestamp()))::bigint > $3::bigint', '') },
    }),
  },
  {
    name: 'PERNODE',
    rule: 'F1',
    wrong: 'a verifier has a row at each node that it asks',
    scenario: 'healthy nodes',
    breaks: ['bound'],
    replace: () => ({
      issuer: {
        store: (store, process) =>
          overLedger(store, (ledger) => ({
            beat: (rows) => ledger.beat(rows.map((row) => ({ ...row, id: `${row.id}-${process.machine.name.at(-1)}` }))),
          })),
      },
    }),
  },
  {
    name: 'NOWAKE',
    rule: 'F4',
    wrong: 'a request that is held is answered only when its hold is over',
    scenario: 'healthy nodes',
    breaks: ['bound'],
    replace: () => ({
      issuer: {
        services: (services, process) => ({
          ...services,
          followers: {
            ...services.followers,
            async follow(asker, request, closed) {
              const since = process.now()
              const followed = await services.followers.follow(asker, request, closed)
              await new Promise<void>((resolve) => process.soon(Math.max(0, since + request.hold - process.now()), resolve))
              return followed
            },
          },
        }),
      },
    }),
  },
  {
    name: 'TWICE',
    rule: 'D4',
    wrong: 'an announced outage begins when each row was written twice since the lease was raised',
    scenario: 'announced pause',
    breaks: ['availability'],
    replace: () => ({
      issuer: {
        async pause(milliseconds, services) {
          await services.store.ledger.pause(milliseconds)
          await untilWrittenTwice(services)
        },
      },
    }),
  },
  {
    name: 'NOHURRY',
    rule: 'V8',
    wrong: 'a verifier that hears nothing asks again only when its lease is over',
    scenario: 'one lost',
    breaks: ['availability'],
    replace: ({ setting }) => ({
      verifier: () => ({
        parts: {
          timing: { hold: soundParts.timing.hold, patience: (lease) => Math.max(soundParts.timing.patience(lease), setting.leaseMs) },
        },
      }),
    }),
  },
]

/** Until each row was written twice, as somebody saw who looked again and again. */
async function untilWrittenTwice({ store, world }: Services): Promise<void> {
  const seen = new Map<string, number[]>()
  for (;;) {
    const { rows } = await store.ledger.rows()
    for (const { service, id, beat } of rows) {
      const beats = seen.get(`${service} ${id}`) ?? []
      if (beats.at(-1) !== beat) seen.set(`${service} ${id}`, [...beats, beat])
    }
    if ([...seen.values()].every(({ length }) => length > 2)) return
    await new Promise<void>((resolve) => void world.after(1, resolve))
  }
}

/** The append without its lock: the number is taken from what was given last, whoever was given it, committed or not. */
function* unlocked<T>(scope: Scope, taken: (head: number) => number, run: () => T | Steps<T>): Steps<T> {
  const { latest, put, transaction } = scope
  let head = 0
  scope.latest = (table, key) => {
    const line = latest(table, key)
    if (table !== 'ledger_state' || !line) return line
    return { ...line, head: taken(Number(line.head)) }
  }
  scope.put = (table, key, line) => {
    if (table !== 'ledger_state') return put(table, key, line)
    head = taken(Number(line.head))
  }
  transaction.late = (tables) => {
    const line = tables.ledger_state.get(ONE)!
    tables.ledger_state.set(ONE, { ...line, head: Math.max(Number(line.head), head) })
  }
  const steps = run() as Steps<T>
  for (;;) {
    const { value, done } = steps.next()
    if (done) return value
    if (value.key !== `ledger_state ${ONE}`) yield value
  }
}

/** The clock leaps when the append has read it. */
function* thenLeaping<T>(steps: Steps<T>, leap: () => void): Steps<T> {
  const value = yield* steps
  leap()
  return value
}
