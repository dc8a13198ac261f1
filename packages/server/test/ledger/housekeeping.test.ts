import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openHousekeeping } from '../../src/ledger/housekeeping.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { Ledger, VerifierRow } from '../../src/store/store.ts'
import { testWorld } from '../../src/testing/fixed-clock.ts'
import { leaseMs, openTestLedger, settled, type TestLedger, waitMs } from './open-test-ledger.ts'

const minute = 60_000

async function idsOf({ store }: TestLedger): Promise<string[]> {
  return (await store.ledger.rows()).rows.map(({ id }) => id)
}

test('L4: a row is forgotten once its beat was the same for W, not before, and is kept among the past', async () => {
  const node = await openTestLedger()
  const { ask, housekeeping, logged, store, world } = node
  await ask('v1', 0)
  housekeeping.start()
  await world.pass(waitMs - 1)
  assert.deepEqual(await idsOf(node), ['v1'])
  await world.pass(1001)
  assert.deepEqual(await idsOf(node), [])
  assert.deepEqual(
    (await store.ledger.rows()).past.map(({ id, gone }) => [id, gone?.why]),
    [['v1', 'silent']],
  )
  assert.ok(logged.includes('info verifier_silent'))
  await housekeeping.stop()
})

test('L4: a verifier that asks again within its lease is never forgotten', async () => {
  const node = await openTestLedger()
  const { ask, housekeeping, world } = node
  housekeeping.start()
  for (let round = 0; round < 10; round++) {
    await ask('v1', 0)
    await world.pass(leaseMs - 1)
  }
  assert.deepEqual(await idsOf(node), ['v1'])
  await housekeeping.stop()
})

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

test('L4: W is counted from after the answer in which the beat was first seen (JUDGEEARLY), and the row goes on condition of that beat (DELETEBLIND)', async () => {
  // Two calls of a ledger, to see the order of things; what becomes of them, the store's contract shows.
  const world = testWorld()
  const wait = 250
  let beat = 1
  let renewedAt = 0
  const forgotten: { beat: number; at: number }[] = []
  const ledger = {
    async rows() {
      if (beat === 1 && world.monotonic() >= 100) {
        world.advance(700) // the query is under way for long, and meanwhile the verifier asks again
        beat = 2
        renewedAt = world.monotonic()
      }
      const row = { service: 'orders', id: 'v1', acked: 0, beat, seen: 0 }
      return { rows: [row], past: [], waitMs: wait, settled: true, incarnation: 'i', leaseMs: 100, head: 0, horizon: 0 }
    },
    forget: async (row: VerifierRow) => void forgotten.push({ beat: row.beat, at: world.monotonic() }),
    lowerWait: async () => undefined,
    advanceHorizon: async () => undefined,
  }
  const store = { prune: async () => ({ removed: 0, more: false }) }
  const housekeeping = openHousekeeping({ ledger: ledger as unknown as Ledger, store, world, log })
  housekeeping.start()
  for (let count = 0; count < 100 && forgotten.length === 0; count++) await world.pass(10)
  assert.deepEqual([forgotten[0]?.beat, renewedAt > 0], [2, true])
  assert.ok(forgotten[0]!.at >= renewedAt + wait, `${forgotten[0]!.at} ${renewedAt}`)
  await housekeeping.stop()
})

test('R1: what was not settled is settled once the same incarnation was seen for W', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-'))
  try {
    const path = join(folder, 'curfew.db')
    const world = testWorld()
    const log = { warn: () => undefined, error: () => undefined }
    openSqlite(path, { world, leaseMs, log }).abandon()
    const { housekeeping, store, logged } = await openTestLedger({ path, world, services: [] })
    assert.equal((await store.ledger.rows()).settled, false)
    housekeeping.start()
    await world.pass(waitMs - 1)
    assert.equal((await store.ledger.rows()).settled, false)
    await world.pass(1001)
    assert.equal((await store.ledger.rows()).settled, true)
    assert.ok(logged.includes('info ledger_settled'))
    await housekeeping.stop()
    await store.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('R2, D3: a change of the lease begins the watch anew', async () => {
  let isSettled = false
  const { housekeeping, store, world } = await openTestLedger({
    around: (ledger) => ({
      rows: async () => ({ ...(await ledger.rows()), settled: isSettled }),
      settle: async () => {
        isSettled = true
      },
    }),
  })
  housekeeping.start()
  await world.pass(waitMs - 500)
  await store.ledger.changeLease(4000) // a new incarnation
  await world.pass(waitMs - 500)
  assert.equal(isSettled, false)
  await world.pass(2000)
  assert.equal(isSettled, true)
  await housekeeping.stop()
})

test('D3: lowering is at once for leases, and for the wait only after the old wait (LOWERATONCE)', async () => {
  const { housekeeping, store, world } = await openTestLedger()
  housekeeping.start()
  await world.pass(1000)
  await store.ledger.changeLease(1000)
  const waits = async () => {
    const { leaseMs, waitMs } = await store.ledger.rows()
    return [leaseMs, waitMs]
  }
  assert.deepEqual(await waits(), [1000, waitMs])
  await world.pass(waitMs - 1)
  assert.deepEqual(await waits(), [1000, waitMs])
  await world.pass(2001)
  assert.deepEqual(await waits(), [1000, 1070])
  await housekeeping.stop()
})

test('D3: raised, lowered, and raised and lowered again, only the last watch counts (OLDWATCH)', async () => {
  const { housekeeping, store, world } = await openTestLedger()
  const { ledger } = store
  housekeeping.start()
  await ledger.changeLease(1000)
  await world.pass(waitMs - 100)
  await ledger.changeLease(leaseMs)
  await ledger.changeLease(1000)
  await world.pass(waitMs - 1000)
  assert.equal((await ledger.rows()).waitMs, waitMs)
  await world.pass(3000)
  assert.equal((await ledger.rows()).waitMs, 1070)
  await housekeeping.stop()
})

test('E1: the horizon moves once it was the same for a minute, by the clock, at most ten minutes at a time', async () => {
  const { housekeeping, store, world } = await openTestLedger({ services: [] })
  const start = (await store.ledger.rows()).horizon
  housekeeping.start()
  await world.pass(minute - 1)
  assert.equal((await store.ledger.rows()).horizon, start)
  await world.pass(15_001)
  const moved = (await store.ledger.rows()).horizon
  assert.ok(moved > start && moved <= world.wall(), `${moved - start}`)
  await housekeeping.stop()
  await world.pass(60 * minute) // nobody keeps house for an hour
  const before = (await store.ledger.rows()).horizon
  housekeeping.start()
  await world.pass(minute - 1) // it was the same for an hour: a step at once, and the next after a minute
  assert.equal((await store.ledger.rows()).horizon - before, 10 * minute)
  await world.pass(30_000)
  assert.equal((await store.ledger.rows()).horizon - before, 20 * minute)
  await housekeeping.stop()
})

test('E1: an entry that no token can need is forgotten', async () => {
  const { append, housekeeping, store, world } = await openTestLedger({ services: [] })
  const { entries } = await append()
  housekeeping.start()
  await world.pass(entries[0]!.until * 1000 - world.wall() - 2 * minute)
  assert.equal((await store.ledger.read(0, 10)).entries.length, 1)
  await world.pass(5 * minute)
  assert.deepEqual((await store.ledger.read(0, 10)).entries, [])
  await housekeeping.stop()
})

test('pruning goes in bites for as long as there is more', async () => {
  const { store: real, world } = await openTestLedger()
  const bites: number[] = []
  const store = {
    async prune(limit: number) {
      bites.push(limit)
      return { removed: limit, more: bites.length < 4 }
    },
  }
  const housekeeping = openHousekeeping({ ledger: real.ledger, store, world, log })
  housekeeping.start()
  await world.pass(1000)
  assert.deepEqual(bites, [500, 500, 500, 500])
  await housekeeping.stop()
})

test('a database that is away is told, and tried again; a stop leaves no timer', async () => {
  let isAway = true
  const { ask, housekeeping, logged, store, world } = await openTestLedger({
    around: (ledger) => ({ rows: () => (isAway ? Promise.reject(new Error('away')) : ledger.rows()) }),
  })
  housekeeping.start()
  await world.pass(3000)
  assert.ok(logged.includes('warn housekeeping_failed'))
  isAway = false
  await ask('v1', 0)
  await world.pass(waitMs + 3000)
  assert.deepEqual((await store.ledger.rows()).rows, [])
  await housekeeping.stop()
  await settled()
  assert.equal(world.timers, 0)
})

test('D4: a pause ends by itself: the lease of before is given again, and a whole W later no sign-out waits longer than that', async () => {
  const { housekeeping, store, world } = await openTestLedger()
  housekeeping.start()
  await store.ledger.pause(2 * minute)
  await world.pass(2 * minute - 1000)
  assert.equal((await store.ledger.rows()).leaseMs, 140_000)
  await world.pass(3000)
  const over = await store.ledger.rows()
  assert.deepEqual([over.leaseMs, over.waitMs, over.pause], [leaseMs, 142_850, undefined])
  await world.pass(142_850 + 2000)
  assert.equal((await store.ledger.rows()).waitMs, waitMs)
  await housekeeping.stop()
})
