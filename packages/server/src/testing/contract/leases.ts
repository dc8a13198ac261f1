import assert from 'node:assert/strict'
import type { Case } from './case.ts'
import { hour, minute, newId, now, put } from './fixtures.ts'

/** D1. */
const waitFor = (leaseMs: number) => Math.ceil(leaseMs * 1.02 - 1e-9) + 50

/** Lease, wait, settling, horizon: what changes only if nobody else changed it meanwhile. */
export const leaseCases: readonly Case[] = [
  {
    name: 'D1, D3: a longer lease is waited for at once; a shorter one is given at once and waited for later',
    async run({ store: { ledger } }) {
      const start = await ledger.rows()
      assert.equal(start.waitMs, waitFor(start.leaseMs))
      await ledger.changeLease(60_000)
      const longer = await ledger.rows()
      assert.deepEqual([longer.leaseMs, longer.waitMs], [60_000, waitFor(60_000)])
      assert.notEqual(longer.incarnation, start.incarnation)
      await ledger.changeLease(3_333)
      const shorter = await ledger.rows()
      assert.deepEqual([shorter.leaseMs, shorter.waitMs], [3_333, waitFor(60_000)])
      assert.notEqual(shorter.incarnation, longer.incarnation)
      assert.equal((await ledger.waitingFor(0)).waitMs, waitFor(60_000))
      await ledger.lowerWait(shorter.incarnation)
      const lowered = await ledger.rows()
      assert.deepEqual([lowered.leaseMs, lowered.waitMs], [3_333, waitFor(3_333)])
      for (const bad of [0, -1, 1.5, 10 * minute + 1, Number.NaN]) await assert.rejects(ledger.changeLease(bad), String(bad))
    },
  },
  {
    name: 'D3: lowered, raised, lowered again: whoever watched the first lowering does not lower the wait',
    async run({ store: { ledger } }) {
      await ledger.changeLease(60_000)
      await ledger.changeLease(1_000)
      const { incarnation } = await ledger.rows()
      await ledger.changeLease(60_000)
      await ledger.changeLease(1_000)
      await ledger.lowerWait(incarnation)
      assert.equal((await ledger.rows()).waitMs, waitFor(60_000))
    },
  },
  {
    name: 'D4: a pause raises the lease for as long as it lasts, and is over when the clock says so, or somebody does; the wait follows by D3',
    needs: ['advance'],
    async run({ store: { ledger }, advance }) {
      const start = await ledger.rows()
      assert.equal(start.pause, undefined)
      assert.equal((await ledger.waitingFor(0)).isPaused, false)
      await ledger.endPause('now') // there is none
      assert.equal((await ledger.rows()).incarnation, start.incarnation)
      await ledger.pause(2 * minute)
      const paused = await ledger.rows()
      assert.deepEqual([paused.leaseMs, paused.waitMs, paused.pause?.leaseBack], [140_000, waitFor(140_000), start.leaseMs])
      assert.notEqual(paused.incarnation, start.incarnation)
      assert.equal((await ledger.waitingFor(0)).isPaused, true)
      await ledger.pause(3 * minute) // longer than was thought
      const longer = await ledger.rows()
      assert.deepEqual([longer.leaseMs, longer.pause?.leaseBack], [200_000, start.leaseMs])
      await ledger.endPause('over')
      assert.equal((await ledger.rows()).leaseMs, 200_000)
      advance?.(3 * minute)
      await ledger.endPause('over')
      const over = await ledger.rows()
      assert.deepEqual([over.leaseMs, over.waitMs, over.pause], [start.leaseMs, waitFor(200_000), undefined])
      assert.notEqual(over.incarnation, longer.incarnation)
      await ledger.lowerWait(over.incarnation)
      assert.equal((await ledger.rows()).waitMs, waitFor(start.leaseMs))
      // By hand; and a lease that is set meanwhile is the one that stays.
      await ledger.pause(minute)
      await ledger.endPause('now')
      assert.equal((await ledger.rows()).leaseMs, start.leaseMs)
      await ledger.pause(minute)
      await ledger.changeLease(7_000)
      await ledger.endPause('now')
      const changed = await ledger.rows()
      assert.deepEqual([changed.leaseMs, changed.pause], [7_000, undefined])
      for (const bad of [10 * minute, Number.NaN, -30_000]) await assert.rejects(ledger.pause(bad), String(bad))
    },
  },
  {
    name: 'E1: a new database begins with its clock; the horizon moves only from where it was seen, never back, and takes entries with it',
    needs: ['advance'],
    async run({ store, advance }) {
      const { ledger } = store
      const client = newId()
      const start = (await ledger.rows()).horizon
      const at = await now(store)
      assert.ok(start <= at.now && start > at.now - minute)
      await put(store, { do: 'end', what: { token: client, expiresAt: at.now + 2 * minute }, why: 'revoked' })
      await put(store, { do: 'end', what: { token: newId(), expiresAt: at.now + 4 * minute }, why: 'revoked' })
      advance?.(3 * minute)
      await ledger.advanceHorizon(start - 1)
      assert.equal((await ledger.rows()).horizon, start)
      await ledger.advanceHorizon(start)
      const { horizon, entries, head } = await ledger.read(0, 10)
      assert.ok(horizon >= start + 3 * minute && horizon <= (await now(store)).now)
      assert.deepEqual([head, entries.map(({ seq }) => seq)], [2, [2]])
      await ledger.advanceHorizon(start) // seen before it moved
      assert.equal((await ledger.rows()).horizon, horizon)
    },
  },
  {
    name: 'E1: the horizon moves by ten minutes at most, so that a leap of the clock kills no more tokens than that at once',
    needs: ['advance'],
    async run({ store: { ledger }, advance }) {
      const start = (await ledger.rows()).horizon
      advance?.(hour)
      await ledger.advanceHorizon(start)
      assert.equal((await ledger.rows()).horizon, start + 10 * minute)
      await ledger.advanceHorizon(start + 10 * minute)
      assert.equal((await ledger.rows()).horizon, start + 20 * minute)
    },
  },
]
