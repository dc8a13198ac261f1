import assert from 'node:assert/strict'
import type { Store } from '../../store/store.ts'
import type { Case, OpenStore } from './case.ts'
import { addService, newId, now, put, signIn } from './fixtures.ts'
import { beat } from './ledger.ts'

/** R2: a backup is served again, and nobody knows what was lost. */
export const restoreCases: readonly Case[] = [
  {
    name: 'R2: after a restore everything of before is dead, by an entry above every number ever given, and nothing is confirmed until a watch is over',
    async run(opened) {
      const { store } = opened
      const { ledger } = store
      const { user, client, session } = await signIn(store)
      const key = { use: 'sign', algorithm: 'ES256', sealed: Uint8Array.of(1), createdAt: 5 } as const
      for (const id of ['k1', 'k2']) await store.keys.add({ id, ...key })
      await store.keys.add({ ...key, id: 'refresh_mac.1', use: 'refresh_mac', algorithm: 'HS256' })
      await addService(store, { id: 'orders' })
      await put(store, { do: 'end', what: { key: 'k1' }, why: 'admin' })
      await beat(ledger, 'orders', 'v1', 1)
      const before = await ledger.rows()
      const { now: at } = await now(store)
      await restore(opened, 600_000)

      const after = await ledger.rows()
      assert.ok(after.head > Math.floor(at / 1000) * 2 ** 20 && Number.isSafeInteger(after.head))
      assert.deepEqual([after.settled, after.rows, after.waitMs], [false, [], 612_050])
      assert.notEqual(after.incarnation, before.incarnation)
      const { entries } = await ledger.read(1, 10)
      const cut = after.head - 1
      assert.partialDeepStrictEqual(entries, [
        { seq: cut, cut: {} },
        { seq: after.head, ended: { kid: 'k2' } },
      ])
      // P2: what was born before is dead, what is born now is not.
      assert.equal((await store.begin({ kind: 'client', id: client.id })).rows.issuer.cut, cut)
      assert.deepEqual(await store.lists.sessions(user.sub), [])
      const born = await signIn(store, { user, client })
      assert.notEqual(born.session.sid, session.sid)
      assert.deepEqual(
        (await store.lists.sessions(user.sub)).map(({ sid }) => sid),
        [born.session.sid],
      )
      const keys = await store.keys.all()
      assert.deepEqual(
        keys.filter(({ endedAt }) => endedAt === undefined).map(({ id }) => id),
        ['refresh_mac.1'],
      )
      // NOQUAR: leases of before are waited for; a watch from before the restore does not count.
      await beat(ledger, 'orders', 'v2', 0)
      await ledger.settle(before.incarnation)
      assert.equal((await ledger.waitingFor(cut)).settled, false)
      await ledger.settle(after.incarnation)
      assert.equal((await ledger.waitingFor(cut)).settled, true)
      assert.deepEqual(
        (await put(store, { do: 'end', what: { token: newId(), expiresAt: at }, why: 'revoked' })).entries[0]?.seq,
        after.head + 1,
      )
    },
  },
  {
    name: 'R2: twice at once: each in a second of its own, so no number comes twice; with a lease that the operator knows, waited for as long as the longest',
    async run(opened) {
      const { store } = opened
      const { ledger } = store
      await ledger.changeLease(60_000)
      for (const [lease, waited] of [
        [1_000, 61_250], // as the backup knows it
        [120_000, 122_450],
      ] as const) {
        const asked = await second(store)
        await restore(opened, lease)
        const { head, waitMs } = await ledger.rows()
        // Whoever restores the same backup after this asks in that second or later. Nor is it one to come: those are waited for.
        const taken = Math.floor(head / 2 ** 20)
        assert.ok(taken > asked && taken <= (await second(store)), `asked in ${asked}, numbers of ${taken}`)
        assert.equal(waitMs, waited)
      }
      for (const bad of [0, 1.5, 600_001]) await assert.rejects(ledger.restore(bad))
    },
  },
]

/** Waits out the second, where a test owns the clock: moves it on once the store has asked in which one it is. */
async function restore({ store, advance, node }: OpenStore, longestLeaseMs: number): Promise<void> {
  const done = store.ledger.restore(longestLeaseMs)
  if (node) await Promise.race([done, new Promise((later) => setTimeout(later, 250))]) // over the network
  advance?.(1_000)
  await done
}

async function second(store: Store): Promise<number> {
  return Math.floor((await now(store)).now / 1000)
}
