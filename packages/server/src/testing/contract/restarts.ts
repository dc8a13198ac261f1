import assert from 'node:assert/strict'
import type { Case } from './case.ts'
import { addService, endSession, now, put, signIn } from './fixtures.ts'
import { beat } from './ledger.ts'

const rowsOf = (rows: readonly { service: string; id: string; acked: number }[]) =>
  rows.map(({ service, id, acked }) => `${service} ${id} ${acked}`).sort()

/** R1: one process serves, stops or is killed, and another goes on. */
export const restartCases: readonly Case[] = [
  {
    name: 'R1: what this process has just created needs no wait',
    async run({ store: { ledger } }) {
      assert.equal((await ledger.rows()).settled, true)
    },
  },
  {
    name: 'R1: after a clean stop the verifiers are known, but for those of the process itself; nothing but their leases is waited for',
    needs: ['reopen'],
    async run(opened) {
      await addService(opened.store, { id: 'orders' })
      await put(opened.store, { do: 'stale', what: 'everything' })
      await opened.store.ledger.beat([
        { service: 'orders', id: 'v1', after: 1, local: false },
        { service: 'orders', id: 'v2', after: 0, local: false },
        { service: 'orders', id: 'own', after: 0, local: true },
      ])
      await opened.reopen?.('stopped')
      const { ledger } = opened.store
      const { settled, rows } = await ledger.rows()
      assert.deepEqual([settled, rowsOf(rows)], [true, ['orders v1 1', 'orders v2 0']])
      assert.deepEqual(rowsOf((await ledger.waitingFor(1)).rows), ['orders v2 0'])
      // L4 watches the beats that were loaded, and a verifier that goes on has another one.
      const before = rows.find(({ id }) => id === 'v2')!
      await beat(ledger, 'orders', 'v2', 0)
      await ledger.forget(before)
      assert.equal((await ledger.rows()).rows.length, 2)
      await ledger.forget((await ledger.rows()).rows.find(({ id }) => id === 'v1')!)
      assert.deepEqual(rowsOf((await ledger.rows()).rows), ['orders v2 0'])
    },
  },
  {
    name: 'R1: two clean stops in a row: a verifier that did not ask in between is still waited for',
    needs: ['reopen'],
    async run(opened) {
      await addService(opened.store, { id: 'orders' })
      await beat(opened.store.ledger, 'orders', 'v1', 0)
      await opened.reopen?.('stopped')
      await opened.reopen?.('stopped')
      const { settled, rows } = await opened.store.ledger.rows()
      assert.deepEqual([settled, rowsOf(rows)], [true, ['orders v1 0']])
    },
  },
  {
    name: 'R1: after a crash nothing is confirmed until somebody has waited; a watch from before the crash does not count',
    needs: ['reopen'],
    async run(opened) {
      await addService(opened.store, { id: 'orders' })
      await beat(opened.store.ledger, 'orders', 'v1', 0)
      const before = await opened.store.ledger.rows()
      await opened.reopen?.('killed')
      const { ledger } = opened.store
      const after = await ledger.rows()
      assert.deepEqual([after.settled, after.rows, after.waitMs], [false, [], before.waitMs])
      assert.notEqual(after.incarnation, before.incarnation)
      await ledger.settle(before.incarnation)
      assert.equal((await ledger.waitingFor(0)).settled, false)
      await ledger.settle(after.incarnation)
      assert.equal((await ledger.waitingFor(0)).settled, true)
    },
  },
  {
    name: 'R1: a crash after a clean start: the rows that were loaded are no excuse',
    needs: ['reopen'],
    async run(opened) {
      await addService(opened.store, { id: 'orders' })
      await opened.reopen?.('stopped')
      await beat(opened.store.ledger, 'orders', 'v1', 0)
      await opened.reopen?.('killed')
      const { settled, rows } = await opened.store.ledger.rows()
      assert.deepEqual([settled, rows], [false, []])
    },
  },
  {
    name: 'R1: a clean stop while the crash before is still waited for: the next start waits as well',
    needs: ['reopen'],
    async run(opened) {
      await addService(opened.store, { id: 'orders' })
      await beat(opened.store.ledger, 'orders', 'v1', 0)
      await opened.reopen?.('killed')
      await opened.reopen?.('stopped')
      assert.equal((await opened.store.ledger.rows()).settled, false)
      await opened.store.ledger.settle((await opened.store.ledger.rows()).incarnation)
      await opened.reopen?.('stopped')
      assert.equal((await opened.store.ledger.rows()).settled, true)
    },
  },
  {
    name: 'R1: a lease that was lowered before a crash is waited for as it was given',
    needs: ['reopen'],
    async run(opened) {
      await opened.store.ledger.changeLease(60_000)
      await opened.store.ledger.changeLease(1_000)
      await opened.reopen?.('killed')
      const { leaseMs, waitMs } = await opened.store.ledger.rows()
      assert.deepEqual([leaseMs, waitMs], [1_000, 61_250])
    },
  },
  {
    name: 'R3: everything that was answered is there after a crash, and the ledger goes on where it was',
    needs: ['reopen'],
    async run(opened) {
      const { session, grant, user, client } = await signIn(opened.store)
      const { entries } = await endSession(opened.store, session.sid)
      const before = await now(opened.store)
      await opened.reopen?.('killed')
      const { store } = opened
      assert.equal((await store.lists.session(session.sid))?.endedSeq, 1)
      assert.equal((await store.lists.grant(grant.gid))?.gid, grant.gid)
      assert.deepEqual((await store.ledger.read(0, 10)).entries, entries)
      assert.ok((await now(store)).now >= before.now)
      const next = await signIn(store, { user, client })
      assert.deepEqual((await endSession(store, next.session.sid)).entries[0]?.seq, 2)
    },
  },
  {
    name: 'R1: a closed store answers nothing; what waited for it was stored or refused',
    async run({ store }) {
      const waiting = put(store, { do: 'stale', what: 'everything' })
      await store.close()
      assert.deepEqual(
        (await waiting).entries.map(({ seq }) => seq),
        [1],
      )
      await store.close()
      const told = { code: 'temporarily_unavailable', reason: 'stopping' } // whoever asks is sent to another node
      await assert.rejects(put(store), told)
      await assert.rejects(store.begin({ kind: 'head' }), told)
      await assert.rejects(beat(store.ledger, 'orders', 'v1', 0), told)
      await assert.rejects(store.ledger.waitingFor(1), told)
      await assert.rejects(store.lists.clients(), told)
      await assert.rejects(store.keys.all(), told)
    },
  },
]
