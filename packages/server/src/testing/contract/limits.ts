import assert from 'node:assert/strict'
import type { Verdict } from '../../domain/effect.ts'
import { count, giveBack, type Rate, type Throttled, take } from '../../domain/limit.ts'
import type { Hash } from '../../domain/names.ts'
import type { Store } from '../../store/store.ts'
import type { Case } from './case.ts'
import { atOnce, crowd, endSession, hour, minute, newHash, now, put, signIn } from './fixtures.ts'

const rate: Rate = { burst: 7, every: 600 }
const few: Rate = { burst: 3, every: 600 }

/** What every adapter must do with what is counted. */
export const limitCases: readonly Case[] = [
  {
    name: 'LG-2: of fifty tries at once as many are let in as there may be, and the others learn when to come back',
    async run({ store }) {
      const key = newHash()
      const came = await atOnce(() => tryOnce(store, [key]))
      assert.equal(letIn(came), rate.burst)
      const { now: at } = await now(store)
      for (const one of came) if (one.outcome === 'wait') assert.ok(one.until > at && one.until <= at + rate.every * 1000)
    },
  },
  {
    name: 'LG-2: tries that share some of their keys, in any order, do not wait for each other in a circle, and the fullest key decides',
    async run({ store }) {
      const keys = Array.from({ length: 6 }, newHash)
      const shared = newHash()
      const came = await atOnce((index) => {
        const own = [keys[index % 6]!, keys[(index * 5 + 1) % 6]!, shared]
        return tryOnce(store, [...new Set(index % 2 ? own : own.toReversed())])
      })
      assert.equal(letIn(came), rate.burst)
      assert.equal((await tryOnce(store, [shared])).outcome, 'wait')
    },
  },
  {
    name: 'LG-2: who is refused pushes no wait further away, and takes nothing of the other keys',
    async run({ store }) {
      const [full, other] = [newHash(), newHash()]
      for (let index = 0; index < rate.burst; index += 1) await tryOnce(store, [full])
      const first = await tryOnce(store, [full, other])
      const second = await tryOnce(store, [full, other])
      assert.ok(first.outcome === 'wait' && second.outcome === 'wait' && second.until === first.until)
      for (let index = 0; index < rate.burst; index += 1) assert.equal((await tryOnce(store, [other])).outcome, 'let_in')
    },
  },
  {
    name: 'LG-2: a verdict that refuses leaves its count behind, and a count is read with its client',
    async run({ store }) {
      const { client } = await signIn(store)
      const [key, unknown] = [newHash(), newHash()]
      const refused = await store.update<{ kind: 'limits'; keys: Hash[] }, Verdict>({ kind: 'limits', keys: [key] }, (held, at) => ({
        outcome: 'refused',
        effects: count(held, [{ key, rate }], at),
      }))
      const { rows, at } = await store.begin({ kind: 'client', id: client.id, limits: [key, unknown] })
      assert.equal(rows.client?.id, client.id)
      assert.deepEqual([...rows.arrivals], [[key, refused.committedAt + rate.every * 1000]])
      assert.ok(at.now >= refused.committedAt)
      const nobody = await store.begin({ kind: 'client', id: 'nobody', limits: [key] })
      assert.deepEqual([nobody.rows.client, nobody.rows.arrivals.has(key)], [undefined, true])
    },
  },
  {
    name: 'LG-2: what is given back may be tried again, also fifty at once beside other changes, and to a key that is not there',
    async run({ store }) {
      const [key, other] = [newHash(), newHash()]
      const opened = await Promise.all([signIn(store), signIn(store), signIn(store)])
      for (let index = 0; index < rate.burst; index += 1) await tryOnce(store, [key, other])
      const counted = [key, other].map((one) => ({ key: one, rate }))
      await Promise.all([
        ...opened.map(({ session }) => endSession(store, session.sid)),
        // As three sign-ins do that were good, at once.
        ...opened.map(({ user: { sub } }, index) =>
          store.update<{ kind: 'user'; sub: string }, Verdict>({ kind: 'user', sub }, () => ({
            outcome: 'good',
            effects: giveBack(index % 2 ? counted : counted.toReversed()),
          })),
        ),
      ])
      await put(store, ...giveBack([{ key: newHash(), rate }]))
      assert.equal(letIn(await atOnce(() => tryOnce(store, [key]))), 3)
    },
  },
  {
    name: 'LG-2, LG-5: a restart forgets no count',
    needs: ['reopen'],
    async run(opened) {
      const key = newHash()
      for (let index = 0; index < few.burst; index += 1) await tryOnce(opened.store, [key], few)
      for (const how of ['stopped', 'killed'] as const) {
        await opened.reopen!(how)
        assert.equal((await tryOnce(opened.store, [key], few)).outcome, 'wait', how)
      }
    },
  },
  {
    name: 'two nodes: LG-5: of fifty tries at two nodes as many are let in as at one',
    needs: ['node'],
    async run({ store, node }) {
      const nodes = [store, node!()]
      const [key, shared] = [newHash(), newHash()]
      const came = await atOnce((index) => tryOnce(nodes[index % 2]!, index % 4 < 2 ? [key, shared] : [shared, key]))
      assert.equal(letIn(came), rate.burst)
    },
  },
  {
    name: 'LG-2: what is full again is let in, and leaves no row',
    needs: ['advance'],
    async run({ store, advance }) {
      const keys = Array.from({ length: crowd }, newHash)
      await Promise.all(keys.map((key) => tryOnce(store, [key], few)))
      assert.equal((await store.prune(1000)).removed, 0, 'a count that still says something is kept')
      advance!(few.every * 1000 + minute)
      const [first] = keys
      for (let index = 0; index < few.burst; index += 1) assert.equal((await tryOnce(store, [first!], few)).outcome, 'let_in')
      assert.equal((await tryOnce(store, [first!], few)).outcome, 'wait')
      advance!(2 * hour)
      let removed = 0
      for (let more = true; more; ) {
        const bite = await store.prune(20)
        removed += bite.removed
        more = bite.more
      }
      assert.equal(removed, crowd)
    },
  },
]

/** One try, as a use case makes it. */
function tryOnce(store: Store, keys: readonly Hash[], of: Rate = rate): Promise<Throttled> {
  const counted = keys.map((key) => ({ key, rate: of }))
  return store.update<{ kind: 'limits'; keys: readonly Hash[] }, Throttled>({ kind: 'limits', keys }, (held, at) => take(held, counted, at))
}

function letIn(came: readonly Throttled[]): number {
  return came.filter(({ outcome }) => outcome === 'let_in').length
}
