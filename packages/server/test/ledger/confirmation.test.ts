import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readReceipt } from '@curfew/verifier/wire'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { addService, put } from '../../src/testing/contract/fixtures.ts'
import { testWorld } from '../../src/testing/fixed-clock.ts'
import { isOpen, leaseMs, openTestLedger, settings, settled, waitMs } from './open-test-ledger.ts'

const verifiersOf = (receipt: { verifiers: unknown[] }) => receipt.verifiers as Record<string, unknown>[]

test('S2, RV-3: with nobody who follows it is confirmed at once', async () => {
  const { append, confirm } = await openTestLedger()
  const stored = await append()
  const confirmed = await confirm(stored)
  assert.equal(confirmed.outcome, 'confirmed')
  assert.equal(confirmed.tookMs, 0)
  assert.deepEqual(confirmed.whole, {
    ...{
      iss: settings.issuer,
      iat: Math.floor(stored.committedAt / 1000),
      jti: confirmed.id,
      seq: 1,
      stale: {},
      until: stored.entries[0]!.until,
    },
    ...{ outcome: 'confirmed', committed_at: stored.committedAt / 1000, took_ms: 0, verifiers: [], uncovered: [], kept: [] },
  })
  assert.match(confirmed.id, /^[\w-]{22}$/)
  assert.deepEqual(readReceipt(JSON.parse(JSON.stringify(confirmed.whole))), confirmed.whole)
})

test('S2, RV-3: it waits until each verifier has acknowledged the number, and says who did, and when', async () => {
  const { append, ask, confirm, world } = await openTestLedger({ services: ['orders', 'stock'] })
  await ask('v1', 0)
  await ask('v2', 0)
  await ask('v3', 0, { service: 'stock' })
  const confirming = confirm(await append())
  await settled()
  await world.pass(3)
  await ask('v1', 1)
  await ask('v3', 1, { service: 'stock' })
  assert.equal(await isOpen(confirming), true)
  await world.pass(4)
  await ask('v2', 1)
  const { whole, tookMs } = await confirming
  assert.equal(tookMs, 7)
  const none = { gone: 0, lease_over: 0, waiting: 0 }
  assert.deepEqual(verifiersOf(whole), [
    { name: 'orders', acknowledged: 2, ...none, slowest_ms: 7 },
    { name: 'stock', acknowledged: 1, ...none, slowest_ms: 3 },
  ])
})

test('S2: asking with an older number acknowledges nothing', async () => {
  const { append, ask, confirm } = await openTestLedger()
  await ask('v1', 0)
  const confirming = confirm(await append())
  await ask('v1', 0)
  assert.equal(await isOpen(confirming), true)
  await ask('v1', 1)
  assert.equal((await confirming).outcome, 'confirmed')
})

test('S2: a verifier that released is gone, and not waited for', async () => {
  const { append, ask, confirm, followers } = await openTestLedger()
  await ask('v1', 0)
  await ask('v2', 0)
  const confirming = confirm(await append())
  await ask('v2', 1)
  await followers.release('orders', 'v2') // it had acknowledged
  await followers.release('orders', 'v1')
  assert.deepEqual(verifiersOf((await confirming).whole), [
    { name: 'orders', acknowledged: 1, gone: 1, lease_over: 0, waiting: 0, slowest_ms: 0 },
  ])
})

test('S2, RV-3, RV-4: a verifier that says nothing is waited for W, not less, and its lease is over then', async () => {
  const { append, ask, confirm, world } = await openTestLedger()
  for (const id of ['v1', 'v2', 'v3']) await ask(id, 0)
  const confirming = confirm(await append())
  await settled()
  await world.pass(2)
  await ask('v2', 1)
  await world.pass(waitMs - 2 - 1)
  await ask('v3', 1) // the rows are looked at once more, just before
  assert.equal(await isOpen(confirming), true)
  await world.pass(1)
  const { whole, tookMs } = await confirming
  assert.equal(tookMs, waitMs)
  const slowest_ms = waitMs - 1
  assert.deepEqual(verifiersOf(whole), [{ name: 'orders', acknowledged: 2, gone: 0, lease_over: 1, waiting: 0, slowest_ms }])
  assert.ok(waitMs >= 1.02 * leaseMs + 50) // D1
})

test('S2: W is counted from after the rows were read (WAITEARLY)', async () => {
  let looks = 0
  const { append, ask, confirm, world } = await openTestLedger({
    around: (ledger, world) => ({
      waitingFor(seq) {
        if (looks++ === 0) world.advance(1000) // the first query is slow; the rows are as of its end
        return ledger.waitingFor(seq)
      },
    }),
  })
  await ask('v1', 0)
  const confirming = confirm(await append())
  await settled()
  assert.equal(looks, 1)
  await world.pass(waitMs - 1)
  assert.equal(await isOpen(confirming), true)
  await world.pass(1)
  assert.equal((await confirming).tookMs, 1000 + waitMs)
})

test('S2: rows that appear after the entry need no waiting: they get it with their first answer', async () => {
  const { append, ask, confirm } = await openTestLedger()
  await ask('v1', 0)
  const confirming = confirm(await append())
  await settled()
  await ask('late', 0)
  assert.equal(await isOpen(confirming), true)
  await ask('v1', 1)
  assert.deepEqual(verifiersOf((await confirming).whole), [
    { name: 'orders', acknowledged: 1, gone: 0, lease_over: 0, waiting: 0, slowest_ms: 0 },
  ])
})

test('S2: a wake that is lost costs 250 ms', async () => {
  const { append, ask, confirm, world } = await openTestLedger({ around: () => ({ onChange: () => () => undefined }) })
  await ask('v1', 0)
  const confirming = confirm(await append())
  await settled()
  await ask('v1', 1)
  assert.equal(await isOpen(confirming), true)
  await world.pass(250)
  assert.equal((await confirming).tookMs, 250)
})

test('R1, R2: while the ledger is not settled nothing is confirmed, and each look reads whether it is', async () => {
  let isSettled = false
  const { append, confirm, world } = await openTestLedger({
    around: (ledger) => ({ waitingFor: async (seq) => ({ ...(await ledger.waitingFor(seq)), settled: isSettled }) }),
  })
  const confirming = confirm(await append())
  await world.pass(2 * waitMs)
  assert.equal(await isOpen(confirming), true)
  isSettled = true
  await world.pass(250)
  assert.equal((await confirming).outcome, 'confirmed')
})

test('R1: after a crash a sign-out is confirmed only once W has passed since the start', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-'))
  const path = join(folder, 'curfew.db')
  try {
    const world = testWorld()
    const log = { warn: () => undefined, error: () => undefined }
    const before = openSqlite(path, { world, leaseMs, log })
    await addService(before, { id: 'orders' })
    await before.ledger.beat([{ service: 'orders', id: 'v1', after: 0, local: false }])
    before.abandon()

    const node = await openTestLedger({ path, world, services: [] })
    node.housekeeping.start()
    const stored = await node.append()
    const pending = await node.confirm(stored, 0)
    assert.equal(pending.outcome, 'pending')
    const confirming = node.confirmation.again(1, { what: { stale: {} }, kept: [] }, undefined)
    await world.pass(waitMs - 1)
    assert.equal(await isOpen(confirming), true)
    await world.pass(600)
    const confirmed = await confirming
    assert.equal(confirmed.outcome, 'confirmed')
    // RV-4: what was said about the latest moment held.
    assert.ok(confirmed.tookMs! <= pending.latestInMs!, `${confirmed.tookMs} ${pending.latestInMs}`)
    await node.stop()
    await node.store.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('S4, RV-4: whoever waits for less gets 202 in time, with how long it can still take, stored before it leaves', async () => {
  const order: string[] = []
  const { append, ask, confirm, world } = await openTestLedger({
    around: (ledger) => ({
      async saveReceipt(receipt) {
        await ledger.saveReceipt(receipt)
        order.push(`stored ${receipt.outcome}`)
      },
    }),
  })
  await ask('v1', 0)
  const confirming = confirm(await append(), 1).then((confirmed) => {
    order.push('answered')
    return confirmed
  })
  await world.pass(999)
  assert.equal(await isOpen(confirming), true)
  await world.pass(1)
  const pending = await confirming
  assert.deepEqual([pending.outcome, pending.latestInMs, pending.tookMs], ['pending', waitMs - 1000, undefined])
  assert.deepEqual(order, ['stored pending', 'answered'])
  assert.deepEqual(verifiersOf(pending.whole), [{ name: 'orders', acknowledged: 0, gone: 0, lease_over: 0, waiting: 1 }])
  await world.pass(waitMs)
  assert.deepEqual(order, ['stored pending', 'answered', 'stored confirmed'])
})

test('S4: wait=0 answers after the first look, which may be enough', async () => {
  const { append, ask, confirm } = await openTestLedger()
  assert.equal((await confirm(await append(), 0)).outcome, 'confirmed')
  await ask('v1', 0)
  assert.equal((await confirm(await append(), 0)).outcome, 'pending')
})

test('S5: the process that answered 202 goes on; the link shows the outcome under the same id', async () => {
  const { append, ask, confirm, confirmation, world } = await openTestLedger()
  await ask('v1', 0)
  const { id } = await confirm(await append(), 0)
  assert.equal((await confirmation.byId(id, 0))?.outcome, 'pending')
  const waiting = confirmation.byId(id, undefined)
  await world.pass(20)
  await ask('v1', 1)
  const confirmed = await waiting
  assert.deepEqual([confirmed?.outcome, confirmed?.id, confirmed?.tookMs], ['confirmed', id, 20])
  await settled()
  const stored = await confirmation.byId(id, 0)
  assert.deepEqual(stored?.whole, confirmed?.whole)
  assert.equal(await confirmation.byId('A'.repeat(22), 0), undefined)
})

test('S5: asking for a pending receipt again and again stores nothing', async () => {
  let stored = 0
  const { append, ask, confirm, confirmation } = await openTestLedger({
    around: (ledger) => ({
      saveReceipt(receipt) {
        stored++
        return ledger.saveReceipt(receipt)
      },
    }),
  })
  await ask('v1', 0)
  const { id } = await confirm(await append(), 0)
  for (let count = 0; count < 5; count++) await confirmation.byId(id, 0)
  assert.equal(stored, 1)
  await ask('v1', 1)
  await settled()
  assert.equal(stored, 2)
})

test('S5: any node finds the outcome of a sign-out whose node is gone, by S2 for its number', async () => {
  const { append, ask, confirm, another, world } = await openTestLedger()
  await ask('v1', 0)
  const { id, whole } = await confirm(await append(), 0)
  const { confirmation } = another()
  const waiting = confirmation.byId(id, undefined)
  await settled()
  await world.pass(10)
  assert.equal(await isOpen(waiting), true)
  await ask('v1', 1)
  const confirmed = await waiting
  assert.deepEqual([confirmed?.outcome, confirmed?.id, confirmed?.whole.committed_at], ['confirmed', id, whole.committed_at])
  assert.equal(confirmed?.tookMs, undefined) // S4: by the clock of the process that did both
})

test('S5: a receipt is there until `until`, and no longer', async () => {
  const { append, confirm, confirmation, world } = await openTestLedger()
  const { id, whole } = await confirm(await append())
  await settled()
  await world.pass(whole.until * 1000 - world.wall() - 1)
  assert.ok(await confirmation.byId(id, 0))
  await world.pass(1)
  assert.equal(await confirmation.byId(id, 0), undefined)
})

test('S3: a second sign-out is answered by the stored outcome only if that is confirmed; else by S2 (NOWAIT)', async () => {
  const { append, ask, confirm, confirmation, another } = await openTestLedger()
  await ask('v1', 0)
  const stored = await append()
  const again = (node: { confirmation: typeof confirmation }, wait?: number) =>
    node.confirmation.again(1, { what: { stale: {} }, kept: [] }, wait)
  const first = confirm(stored)
  await settled()
  const second = again({ confirmation })
  assert.equal(await isOpen(second), true)
  const elsewhere = again(another())
  assert.equal(await isOpen(elsewhere), true)
  assert.equal((await again({ confirmation }, 0)).outcome, 'pending')
  await ask('v1', 1)
  const confirmed = await first
  assert.equal((await second).id, confirmed.id)
  assert.equal((await elsewhere).outcome, 'confirmed')
  await settled()
  assert.deepEqual((await again({ confirmation })).whole, confirmed.whole)
  assert.equal((await again(another())).outcome, 'confirmed')
})

test('S3: the receipt of another ending with the same number is not given away', async () => {
  const { append, confirm, confirmation, world } = await openTestLedger()
  const { id } = await confirm(await append())
  await settled()
  const other = await confirmation.again(1, { what: { ended: { sid: 'unknown' } }, kept: [] }, undefined)
  assert.notEqual(other.id, id)
  assert.deepEqual('ended' in other.whole && other.whole.ended, { sid: 'unknown' })
  assert.ok(other.whole.until * 1000 > world.wall())
})

test('S4: uncovered are exactly the audiences with a service that checks nothing, until the entry is forgotten', async () => {
  const { append, confirm, store } = await openTestLedger({ services: [] })
  await addService(store, { id: 'a', audience: 'https://a.example', checks: 'none' })
  await addService(store, { id: 'a2', audience: 'https://a.example', checks: 'follow' })
  await addService(store, { id: 'b', audience: 'https://b.example', checks: 'introspect' })
  await addService(store, { id: 'c', audience: 'https://c.example', checks: 'follow' })
  const stored = await append()
  assert.deepEqual((await confirm(stored)).whole.uncovered, [{ aud: 'https://a.example', until: stored.entries[0]!.until }])
})

test('S4: end users see names of public services only; the others are counted together', async () => {
  const { append, ask, confirmation, store } = await openTestLedger({ services: ['orders'] })
  await addService(store, { id: 'fraud', public: false })
  await addService(store, { id: 'audit', public: false })
  for (const service of ['orders', 'fraud', 'audit']) await ask('v1', 0, { service })
  const kept = [{ client: 'mobile', scope: 'mail offline_access' }]
  const confirming = confirmation.confirm({ what: { ended: { sid: 's_1' } }, stored: await append(), kept }, undefined)
  for (const service of ['orders', 'fraud', 'audit']) await ask('v1', 1, { service })
  const { shown, whole } = await confirming
  const none = { gone: 0, lease_over: 0, waiting: 0, slowest_ms: 0 }
  assert.deepEqual(
    verifiersOf(whole).map(({ name }) => name),
    ['audit', 'fraud', 'orders'],
  )
  assert.deepEqual(verifiersOf(shown), [
    { name: 'orders', acknowledged: 1, ...none },
    { acknowledged: 2, ...none },
  ])
  assert.deepEqual([shown.kept, 'ended' in shown && shown.ended], [kept, { sid: 's_1' }])
  assert.ok(!JSON.stringify(shown).includes('fraud'))
  assert.deepEqual(readReceipt(shown), shown)
})

test('S2: a thousand sign-outs at once are a handful of readings, and each waits for its own number', async () => {
  const reads = { waitingFor: 0, rows: 0 }
  const { append, ask, confirm, store } = await openTestLedger({
    around: (ledger) => ({
      waitingFor(seq) {
        reads.waitingFor++
        return ledger.waitingFor(seq)
      },
      rows() {
        reads.rows++
        return ledger.rows()
      },
    }),
  })
  const ids = Array.from({ length: 100 }, (_, index) => `v${index}`)
  await Promise.all(ids.map((id) => ask(id, 0)))
  const stored = await Promise.all(Array.from({ length: 1000 }, () => append()))
  assert.equal((await store.ledger.rows()).head, 1000)
  reads.waitingFor = reads.rows = 0
  const confirming = stored.map((one) => confirm(one))
  await settled()
  await Promise.all(ids.map((id, index) => ask(id, index === 0 ? 400 : 1000)))
  const done = await Promise.all(confirming.slice(0, 400))
  assert.equal(await isOpen(Promise.race(confirming.slice(400))), true)
  await ask('v0', 1000)
  const all = await Promise.all(confirming)
  for (const { whole } of [...done, ...all]) assert.equal(verifiersOf(whole)[0]!.acknowledged, 100)
  assert.ok(reads.waitingFor <= 10 && reads.rows <= 10, JSON.stringify(reads))
})

test('S2: numbers that wait for the same rows say of each how it came', async () => {
  const { append, ask, confirm, world } = await openTestLedger()
  for (const id of ['v1', 'v2', 'v3']) await ask(id, 0)
  const stored = [await append(), await append()]
  const confirming = stored.map((one) => confirm(one))
  await settled()
  await world.pass(5)
  await ask('v1', 1)
  await settled()
  await world.pass(5)
  await ask('v1', 2)
  await ask('v2', 1) // and then it is silent
  await world.pass(waitMs)
  const [one, two] = await Promise.all(confirming)
  assert.deepEqual(verifiersOf(one!.whole), [{ name: 'orders', acknowledged: 2, gone: 0, lease_over: 1, waiting: 0, slowest_ms: 10 }])
  assert.deepEqual(verifiersOf(two!.whole), [{ name: 'orders', acknowledged: 1, gone: 0, lease_over: 2, waiting: 0, slowest_ms: 10 }])
})

test('a database that is away at the first look is told to the caller; later looks are tried again', async () => {
  let isAway = true
  const { append, ask, confirm, confirmation, world, logged } = await openTestLedger({
    around: (ledger) => ({ waitingFor: async (seq) => (isAway ? Promise.reject(new Error('away')) : ledger.waitingFor(seq)) }),
  })
  await ask('v1', 0)
  const stored = await append()
  await assert.rejects(confirm(stored), /away/)
  isAway = false
  const confirming = confirmation.again(1, { what: { stale: {} }, kept: [] }, undefined)
  await settled()
  isAway = true
  await ask('v1', 1)
  assert.equal(await isOpen(confirming), true)
  assert.ok(logged.includes('warn rows_unread'))
  isAway = false
  await world.pass(250)
  assert.equal((await confirming).outcome, 'confirmed')
})

test('a stop first lets verifiers acknowledge what is under way', async () => {
  const { append, ask, confirm, stop, world } = await openTestLedger()
  await ask('v1', 0)
  const confirming = confirm(await append())
  await settled()
  const stopping = stop()
  await world.pass(20)
  await ask('v1', 1)
  assert.equal((await confirming).outcome, 'confirmed')
  await stopping
  assert.equal((await ask('v1', 1)).outcome, 'stopping')
  assert.equal(world.timers, 0)
})

test('a stop tells whoever still waits how it stands, durably, and leaves no timer', async () => {
  const { append, ask, confirm, stop, store, world } = await openTestLedger()
  await ask('v1', 0)
  const confirming = confirm(await append())
  await settled()
  const stopping = stop()
  await world.pass(300)
  await stopping
  const { outcome, id } = await confirming
  assert.equal(outcome, 'pending')
  assert.equal((await store.ledger.receipt(id))?.outcome, 'pending')
  assert.equal(world.timers, 0)
})

test('RFC 7240 §4.3: a wait that is longer than any timer is not a wait of nothing', async () => {
  const { append, ask, confirm, world } = await openTestLedger()
  await ask('v1', 0)
  const confirming = confirm(await append(), 999_999_999)
  await world.pass(waitMs - 1)
  assert.equal(await isOpen(confirming), true)
  await world.pass(1)
  assert.equal((await confirming).outcome, 'confirmed')
})

test('S2: of several entries that one call made it waits for the highest', async () => {
  const { ask, confirmation, store } = await openTestLedger()
  await ask('v1', 0)
  const stored = await put(store, { do: 'stale', what: 'everything' }, { do: 'stale', what: 'everything' })
  const confirming = confirmation.confirm({ what: { ended: [{ sid: 'a' }, { sid: 'b' }] }, stored, kept: [] }, undefined)
  await ask('v1', 1)
  assert.equal(await isOpen(confirming), true)
  await ask('v1', 2)
  assert.equal((await confirming).seq, 2)
})

test('S2: what was decided is forgotten: nothing of a sign-out stays in memory', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { append, confirm } = await openTestLedger()
  const inUse = async (signOuts: number): Promise<number> => {
    for (let count = 0; count < signOuts; count += 1) await confirm(await append())
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = await inUse(500)
  const grown = (await inUse(2000)) - before
  assert.ok(grown / 2000 < 300, `${grown / 2000} bytes a sign-out`)
})
