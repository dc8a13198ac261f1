import assert from 'node:assert/strict'
import type { BeatAnswer, Ledger, StoredReceipt } from '../../store/store.ts'
import type { Case } from './case.ts'
import { addService, endSession, hour, minute, newId, now, put, signIn } from './fixtures.ts'

/** One verifier asks. */
export async function beat(ledger: Ledger, service: string, id: string, after: number): Promise<BeatAnswer | undefined> {
  const [answer] = await ledger.beat([{ service, id, after, local: false }])
  return answer
}

const named = (rows: readonly { id: string }[]) => rows.map(({ id }) => id).sort()

/** What the protocol asks of the database: follow, acknowledgements, the wait, the horizon, receipts. */
export const ledgerCases: readonly Case[] = [
  {
    name: 'L3, F5: the ledger is read in pages, with head and horizon',
    async run({ store }) {
      for (let index = 0; index < 5; index += 1) await put(store, { do: 'stale', what: 'everything' })
      const { ledger } = store
      const seqs = async (after: number, limit: number) => {
        const { head, entries, more } = await ledger.read(after, limit)
        return [head, entries.map(({ seq }) => seq), more]
      }
      assert.deepEqual(await seqs(0, 2), [5, [1, 2], true])
      assert.deepEqual(await seqs(2, 2), [5, [3, 4], true])
      assert.deepEqual(await seqs(4, 2), [5, [5], false])
      assert.deepEqual(await seqs(3, 2), [5, [4, 5], false])
      assert.deepEqual(await seqs(9, 2), [5, [], false])
      assert.deepEqual(
        (await store.lists.entries(3, 1)).map(({ seq }) => seq),
        [4],
      )
      const { horizon } = await ledger.read(0, 1)
      assert.ok(horizon > 0 && horizon <= (await now(store)).now)
      assert.equal((await ledger.rows()).horizon, horizon)
    },
  },
  {
    name: 'F1: the answer to a beat has head and lease; nobody acknowledges numbers to come, or takes an acknowledgement back',
    async run({ store }) {
      const { ledger } = store
      await addService(store, { id: 'orders' })
      await put(store, { do: 'stale', what: 'everything' })
      const { leaseMs } = await ledger.rows()
      assert.deepEqual(await beat(ledger, 'orders', 'v1', 7), { outcome: 'written', leaseMs, head: 1 })
      assert.equal((await ledger.rows()).rows[0]?.acked, 1)
      await put(store, { do: 'stale', what: 'everything' })
      assert.deepEqual(named((await ledger.waitingFor(2)).rows), ['v1']) // it said 7, but it cannot have seen 2
      await beat(ledger, 'orders', 'v1', 0)
      assert.equal((await ledger.rows()).rows[0]?.acked, 1)
      await beat(ledger, 'orders', 'v1', 2)
      assert.deepEqual((await ledger.waitingFor(2)).rows, [])
    },
  },
  {
    name: 'F1: a beat is never used before, by none of fifty at once, and not by a row that is made anew',
    async run({ store }) {
      const { ledger } = store
      await addService(store, { id: 'orders' })
      const beats = new Set<number>()
      let given = 0
      const note = async () => {
        const { rows } = await ledger.rows()
        for (const row of rows) beats.add(row.beat)
        given += rows.length
      }
      const ids = Array.from({ length: 50 }, (_, index) => `v${index}`)
      for (let round = 0; round < 3; round += 1) {
        await ledger.beat(ids.map((id) => ({ service: 'orders', id, after: 0, local: false })))
        await note()
      }
      for (const id of ids) await ledger.release('orders', id)
      await Promise.all(ids.map((id) => beat(ledger, 'orders', id, 0)))
      await note()
      assert.equal(beats.size, given)
    },
  },
  {
    name: 'F7: no row for a service that is unknown, refused, or has its number of verifiers; those that have one keep it',
    async run({ store }) {
      const { ledger } = store
      const service = await addService(store, { id: 'orders', maxRows: 2 })
      assert.equal((await beat(ledger, 'unknown', 'v1', 0))?.outcome, 'refused')
      const answers = await ledger.beat(['v1', 'v2', 'v3'].map((id) => ({ service: 'orders', id, after: 0, local: false })))
      assert.deepEqual(
        answers.map(({ outcome }) => outcome),
        ['written', 'written', 'full'],
      )
      assert.equal((await beat(ledger, 'orders', 'v1', 0))?.outcome, 'written')
      await ledger.release('orders', 'v1')
      assert.equal((await beat(ledger, 'orders', 'v3', 0))?.outcome, 'written')
      const before = await ledger.rows()
      await put(store, { do: 'putService', service: { ...service, refused: true } })
      assert.equal((await beat(ledger, 'orders', 'v2', 0))?.outcome, 'refused')
      assert.deepEqual((await ledger.rows()).rows, before.rows) // it wrote nothing
      await put(store, { do: 'removeService', id: 'orders' })
      assert.equal((await beat(ledger, 'orders', 'v2', 0))?.outcome, 'refused')
      assert.deepEqual(named((await ledger.rows()).rows), ['v2', 'v3']) // their leases may still run: L4 takes them
    },
  },
  {
    name: 'S2: a sign-out waits for the rows that have not acknowledged it, of all services, and nobody acknowledges for another',
    async run({ store }) {
      const { ledger } = store
      for (const id of ['orders', 'stock']) await addService(store, { id })
      for (const service of ['orders', 'stock']) for (const id of ['v1', 'v2']) await beat(ledger, service, id, 0)
      await put(store, { do: 'stale', what: 'everything' })
      const { waitMs, settled, rows } = await ledger.waitingFor(1)
      assert.deepEqual([rows.length, settled, waitMs > 0], [4, true, true])
      await beat(ledger, 'orders', 'v1', 1)
      const left = (await ledger.waitingFor(1)).rows.map(({ service, id }) => `${service} ${id}`)
      assert.deepEqual(left.sort(), ['orders v2', 'stock v1', 'stock v2'])
      assert.deepEqual((await ledger.waitingFor(0)).rows, [])
    },
  },
  {
    name: 'F6, L4: a released row is gone at once; a silent one only if its beat is still the one that was seen',
    async run({ store }) {
      const { ledger } = store
      await addService(store, { id: 'orders' })
      for (const id of ['v1', 'v2']) await beat(ledger, 'orders', id, 0)
      const seen = (await ledger.rows()).rows.find(({ id }) => id === 'v2')
      await ledger.release('orders', 'v1')
      await ledger.release('orders', 'nobody')
      await beat(ledger, 'orders', 'v2', 0)
      await ledger.forget(seen!)
      assert.deepEqual(named((await ledger.rows()).rows), ['v2'])
      await ledger.forget((await ledger.rows()).rows[0]!)
      const { rows, past } = await ledger.rows()
      assert.deepEqual(rows, [])
      assert.deepEqual(past.map(({ id, gone }) => [id, gone?.why]).sort(), [
        ['v1', 'released'],
        ['v2', 'silent'],
      ])
    },
  },
  {
    name: 'L3, S2: whoever listens is woken by entries once they are durable, and by acknowledgements; not by anything else',
    async run({ store }) {
      const { ledger } = store
      const { session } = await signIn(store)
      await addService(store, { id: 'orders' })
      const wakes: string[] = []
      let heads: Promise<number>[] = []
      const stopBad = ledger.onChange(() => {
        throw new Error('a listener that fails stops nobody')
      })
      const stop = ledger.onChange((what) => {
        wakes.push(what)
        heads.push(ledger.read(0, 1).then(({ head }) => head))
      })
      await put(store, { do: 'touchSession', sid: session.sid, lastUsedAt: 1, idleExpiresAt: 2 })
      await beat(ledger, 'orders', 'v1', 0)
      assert.deepEqual(wakes, [])
      await endSession(store, session.sid)
      assert.deepEqual(wakes, ['entry'])
      assert.deepEqual(await Promise.all(heads), [1])
      heads = []
      await beat(ledger, 'orders', 'v1', 1)
      await beat(ledger, 'orders', 'v1', 1)
      assert.deepEqual(wakes, ['entry', 'acknowledged'])
      await ledger.release('orders', 'v1')
      assert.deepEqual(wakes, ['entry', 'acknowledged', 'acknowledged'])
      stop()
      stopBad()
      await put(store, { do: 'stale', what: 'everything' })
      assert.equal(wakes.length, 3)
    },
  },
  {
    name: 'S5: a receipt is found by its id and its number; what was confirmed stays so; after its time it is gone',
    async run({ store }) {
      const { ledger } = store
      const at = await now(store)
      const receipt: StoredReceipt = { id: newId(), seq: 4, outcome: 'pending', body: { took: [1, { a: null }] }, until: at.now + hour }
      await ledger.saveReceipt(receipt)
      assert.deepEqual(await ledger.receipt(receipt.id), receipt)
      assert.deepEqual(await ledger.receiptFor(4), receipt)
      const confirmed: StoredReceipt = { ...receipt, outcome: 'confirmed', body: { done: true } }
      await ledger.saveReceipt(confirmed)
      await ledger.saveReceipt(receipt)
      assert.deepEqual(await ledger.receipt(receipt.id), confirmed)
      await ledger.saveReceipt({ ...receipt, id: newId() })
      assert.deepEqual(await ledger.receiptFor(4), confirmed)
      assert.equal(await ledger.receipt(newId()), undefined)
      assert.equal(await ledger.receiptFor(5), undefined)
      await ledger.saveReceipt({ ...receipt, id: 'over', seq: 6, until: at.now - minute })
      assert.deepEqual([await ledger.receipt('over'), await ledger.receiptFor(6)], [undefined, undefined])
    },
  },
]
