import assert from 'node:assert/strict'
import type { Effect } from '../../domain/effect.ts'
import type { Store } from '../../store/store.ts'
import type { Case, OpenStore } from './case.ts'
import { addService, crowd, endSession, newCode, newGrant, newId, put, signIn } from './fixtures.ts'
import { beat } from './ledger.ts'
import { raceCases } from './races.ts'

/** One port, its updates and beginnings taken in turn by two nodes, as a load balancer gives them out. */
function roundRobin(nodes: readonly [Store, Store]): Store {
  let turn = 0
  const next = (): Store => {
    turn += 1
    return nodes[turn & 1]!
  }
  return { ...nodes[0], update: (load, decide) => next().update(load, decide), begin: (query) => next().begin(query) }
}

const bothOf = ({ store, node }: OpenStore): [Store, Store] => [store, node!()]

/** Whoever reads sees numbers go up one by one, whatever is under way (L2): a hole would never be filled for a verifier that went past it. */
async function watch(store: Store, isOver: () => boolean): Promise<number[]> {
  const seen: number[] = []
  for (;;) {
    const wasOver = isOver()
    const { entries, head } = await store.ledger.read(seen.length, 1000)
    for (const { seq } of entries) {
      if (seq !== seen.length + 1) assert.fail(`a hole: ${seq} was seen after ${seen.length}`)
      seen.push(seq)
    }
    if (head !== seen.length) assert.fail(`a hole: the head is ${head}, and ${seen.length} were seen`)
    if (wasOver) return seen
  }
}

/** Many nodes, one database. What races in one node races between two as well, with nothing but the database between them. */
export const nodeCases: readonly Case[] = [
  ...raceCases
    // Answers of two nodes may overtake each other; that numbers do not is below.
    .filter(({ name }) => !name.startsWith('L2, L3'))
    .map(
      (each): Case => ({
        name: `two nodes: ${each.name}`,
        needs: [...(each.needs ?? []), 'node'],
        run: (opened) => each.run({ ...opened, store: roundRobin(bothOf(opened)) }),
      }),
    ),
  {
    name: 'two nodes: L2: numbers are in the order of the commits and have no hole, while both end sessions, users and tokens',
    needs: ['node'],
    async run(opened) {
      const nodes = bothOf(opened)
      const people = await Promise.all(Array.from({ length: crowd }, () => signIn(opened.store)))
      let isOver = false
      const watching = Promise.all([watch(nodes[0], () => isOver), watch(nodes[1], () => isOver)])
      // Ten at a time, so that there are many transactions, not few large ones.
      const working = Array.from({ length: 10 }, async (_, worker) => {
        const node = nodes[worker & 1]!
        for (const { user, session } of people.filter((_person, index) => index % 10 === worker)) {
          const jti = newId()
          await node.update({ kind: 'token', jti }, () => ({
            outcome: 'ended',
            effects: [{ do: 'end', what: { token: jti, expiresAt: Date.UTC(2100, 0, 1) }, why: 'revoked' }],
          }))
          await endSession(node, session.sid)
          await node.update({ kind: 'user', sub: user.sub }, () => ({
            outcome: 'ended',
            effects: [{ do: 'cut', what: { user: user.sub, usr: user.usr }, why: 'admin' }],
          }))
        }
      })
      await Promise.race([Promise.all(working), watching])
      isOver = true
      const all = Array.from({ length: 3 * crowd }, (_, index) => index + 1)
      assert.deepEqual(await watching, [all, all])
    },
  },
  {
    name: 'two nodes: all other devices are signed out while one of them redeems a code for offline access: nothing of it lives',
    needs: ['node'],
    async run(opened) {
      const [one, other] = bothOf(opened)
      for (let round = 0; round < 10; round += 1) {
        const { user, client, session: mine } = await signIn(one)
        const theirs = await signIn(one, { user, client })
        const code = newCode(theirs.session, theirs.position)
        await put(one, { do: 'issueCode', code })
        const redeemed = other.update({ kind: 'code', hash: code.hash }, (held) => {
          if (held?.session?.endedSeq !== undefined) return { outcome: 'session_ended' }
          const grant = newGrant(theirs.session, { offline: true })
          return { outcome: 'redeemed', effects: [{ do: 'openGrant', grant, position: theirs.position }] }
        })
        const ended = one.update({ kind: 'user', sub: user.sub }, (held) => ({
          outcome: 'ended',
          effects: [
            ...held.sessions.flatMap(({ sid }): Effect[] =>
              sid === mine.sid ? [] : [{ do: 'end', what: { session: sid }, why: 'signed_out' }],
            ),
            ...held.offline.map(({ gid }): Effect => ({ do: 'end', what: { grant: gid }, why: 'signed_out' })),
          ],
        }))
        await Promise.all([redeemed, ended])
        const grants = await one.lists.grants(user.sub)
        assert.deepEqual(
          grants.filter(({ offline }) => offline),
          [],
        )
      }
    },
  },
  {
    name: 'two nodes: any node answers a verifier, and a sign-out at one sees what was acknowledged at the other',
    needs: ['node'],
    async run(opened) {
      const [one, other] = bothOf(opened)
      await addService(one, { id: 'orders' })
      await beat(one.ledger, 'orders', 'v1', 0)
      const { entries } = await put(other, { do: 'stale', what: 'everything' })
      const { seq } = entries[0]!
      assert.deepEqual(
        (await other.ledger.waitingFor(seq)).rows.map(({ id }) => id),
        ['v1'],
      )
      assert.deepEqual((await one.ledger.read(0, 10)).entries, entries)
      const answer = await beat(other.ledger, 'orders', 'v1', seq)
      assert.deepEqual([answer?.outcome, (await one.ledger.waitingFor(seq)).rows], ['written', []])
      // L4: the one has seen a beat that the other has moved on since.
      const [seen] = (await one.ledger.rows()).rows
      await beat(other.ledger, 'orders', 'v1', seq)
      await one.ledger.forget(seen!)
      assert.equal((await other.ledger.rows()).rows.length, 1)
      await other.close()
      assert.equal((await one.ledger.rows()).rows.length, 1) // the row is the verifier's, not the node's
    },
  },
  {
    name: 'two nodes: F1: fifty verifiers, each at both nodes at once: one row each, and no beat twice',
    needs: ['node'],
    async run(opened) {
      const nodes = bothOf(opened)
      await addService(opened.store, { id: 'orders' })
      const ids = Array.from({ length: crowd }, (_, index) => `v${index}`)
      for (let round = 0; round < 3; round += 1) {
        const order = round === 1 ? ids.toReversed() : ids // locks are taken in one order, whatever was asked first
        const asked = nodes.map((node) => node.ledger.beat(order.map((id) => ({ service: 'orders', id, after: 0, local: false }))))
        for (const answers of await Promise.all(asked)) assert.ok(answers.every(({ outcome }) => outcome === 'written'))
      }
      const { rows } = await opened.store.ledger.rows()
      assert.deepEqual([rows.length, new Set(rows.map((row) => row.beat)).size], [crowd, crowd])
    },
  },
  {
    name: 'two nodes: both make the first key of a sort at once: both read the same one as the oldest, whatever their clocks say',
    needs: ['node'],
    async run(opened) {
      const nodes = bothOf(opened)
      for (let round = 0; round < 10; round += 1) {
        const algorithm = `sort ${round}`
        const oldest = nodes.map(async (node, index) => {
          const key = { id: newId(), use: 'sign', algorithm, sealed: Uint8Array.of(1), createdAt: 1_000 - index } as const
          await node.keys.add(key)
          const all = (await node.keys.all()).filter((each) => each.algorithm === algorithm)
          return all.sort((a, b) => a.createdAt - b.createdAt)[0]?.id
        })
        const [first, second] = await Promise.all(oldest)
        assert.equal(first, second)
      }
    },
  },
  {
    name: 'two nodes: D3: of two that watched one lowering, one lowers the wait; a raise meanwhile stops both',
    needs: ['node'],
    async run(opened) {
      const [one, other] = bothOf(opened)
      await one.ledger.changeLease(1_000)
      const { incarnation } = await other.ledger.rows()
      await Promise.all([one.ledger.lowerWait(incarnation), other.ledger.lowerWait(incarnation)])
      const lowered = await one.ledger.rows()
      assert.deepEqual([lowered.leaseMs, lowered.waitMs], [1_000, 1_070])
      await other.ledger.changeLease(60_000)
      await one.ledger.changeLease(1_000)
      await other.ledger.lowerWait(lowered.incarnation)
      assert.equal((await one.ledger.rows()).waitMs, 61_250)
    },
  },
]
