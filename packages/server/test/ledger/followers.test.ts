import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ledger } from '../../src/store/store.ts'
import { addService, put } from '../../src/testing/contract/fixtures.ts'
import { answerOf, isOpen, leaseMs, openTestLedger, settled } from './open-test-ledger.ts'

test('F1, F2: the row is committed first, and only then the ledger is read', async () => {
  const calls: string[] = []
  const { ask } = await openTestLedger({
    around: (ledger) => ({
      async beat(rows) {
        calls.push('beat begins')
        const answers = await ledger.beat(rows)
        await new Promise((resolve) => setImmediate(resolve)) // a commit takes its time
        calls.push('beat committed')
        return answers
      },
      read(after, limit) {
        calls.push('read')
        return ledger.read(after, limit)
      },
    }),
  })
  await ask('v1', 0)
  assert.deepEqual(calls, ['beat begins', 'beat committed', 'read'])
})

test('F2: an entry that commits between the row and the reading is in the answer', async () => {
  const { ask, store } = await openTestLedger({
    around: (ledger) => ({
      async beat(rows) {
        const answers = await ledger.beat(rows)
        await put(store, { do: 'stale', what: 'everything' })
        return answers
      },
    }),
  })
  const { entries, up_to } = answerOf(await ask('v1', 0))
  assert.deepEqual([entries.map(({ seq }) => seq), up_to], [[1], 1])
})

test('F2: a reading that began before the row was committed does not count', async () => {
  let reading: PromiseWithResolvers<void> | undefined
  const { ask, append, copy } = await openTestLedger({
    around: (ledger) => ({
      async read(after, limit) {
        const found = await ledger.read(after, limit)
        await reading?.promise // read already, but the answer is late
        return found
      },
    }),
  })
  await copy.advance()
  reading = Promise.withResolvers()
  const early = copy.advance()
  await settled()
  await append()
  const followed = ask('v1', 0)
  assert.equal(await isOpen(followed), true)
  const late = reading
  reading = undefined
  late.resolve()
  assert.equal((await early).applied, 0)
  assert.equal(answerOf(await followed).up_to, 1)
})

test('F1: many that ask in one turn are one write and one reading', async () => {
  const beats: number[] = []
  let reads = 0
  const { ask, copy } = await openTestLedger({
    around: (ledger) => ({
      beat(rows) {
        beats.push(rows.length)
        return ledger.beat(rows)
      },
      read(after, limit) {
        reads++
        return ledger.read(after, limit)
      },
    }),
  })
  await copy.advance()
  reads = 0
  await Promise.all(Array.from({ length: 100 }, (_, index) => ask(`v${index}`, 0)))
  assert.deepEqual(beats, [100])
  assert.equal(reads, 1)
})

test('F1: one that asks twice in a turn has one row, at the higher position', async () => {
  const sizes: number[] = []
  const { ask, append, store } = await openTestLedger({
    around: (ledger) => ({
      beat(rows) {
        sizes.push(rows.length)
        return ledger.beat(rows)
      },
    }),
  })
  await append()
  await Promise.all([ask('v1', 1), ask('v1', 0), ask('v2', 0)])
  const { rows } = await store.ledger.rows()
  assert.deepEqual(
    [sizes, rows.map(({ id, acked }) => [id, acked])],
    [
      [2],
      [
        ['v1', 1],
        ['v2', 0],
      ],
    ],
  )
})

test('F3: the lease is the one that F1 returned, whatever it is when the answer leaves', async () => {
  const { ask, store, world, append, housekeeping } = await openTestLedger()
  housekeeping.start()
  const held = ask('v1', 0, { hold: 1500 })
  await settled()
  await store.ledger.changeLease(60_000)
  await append()
  const answer = answerOf(await held)
  assert.deepEqual([answer.lease, answer.up_to, answer.entries.length], [leaseMs, 1, 1])
  assert.equal(answerOf(await ask('v1', 1)).lease, 60_000)
  await housekeeping.stop()
  assert.equal(world.timers, 0)
})

test('F4: with nothing new it is held for as long as it asked for, and then answered with a lease', async () => {
  const { ask, world } = await openTestLedger()
  const held = ask('v1', 0, { hold: 1500 })
  await world.pass(1495)
  assert.equal(await isOpen(held), true)
  await world.pass(15)
  const answer = answerOf(await held)
  assert.deepEqual([answer.lease, answer.up_to, answer.entries], [leaseMs, 0, []])
  assert.equal(world.timers, 0)
})

test('F4: nobody is held for more than 20 s (contract §5)', async () => {
  const { ask, world } = await openTestLedger()
  const held = ask('v1', 0, { hold: 3_600_000 })
  await world.pass(19_990)
  assert.equal(await isOpen(held), true)
  await world.pass(20)
  assert.equal(answerOf(await held).up_to, 0)
})

test('F4: an entry above `after` answers at once, and wakes all who are held, with the same bytes', async () => {
  const { ask, append, world, housekeeping } = await openTestLedger()
  housekeeping.start()
  const held = ['v1', 'v2', 'v3'].map((id) => ask(id, 0, { hold: 1500 }))
  assert.equal(await isOpen(Promise.race(held)), true)
  await append()
  const [one, two, three] = await Promise.all(held)
  assert.deepEqual(
    answerOf(one!).entries.map(({ seq, ...what }) => [seq, 'stale' in what && what.stale]),
    [[1, {}]],
  )
  assert.ok(one!.outcome === 'answer' && one!.bytes)
  assert.ok(two!.outcome === 'answer' && three!.outcome === 'answer' && two!.bytes === one!.bytes && three!.bytes === one!.bytes)
  assert.deepEqual(JSON.parse(Buffer.from(one!.bytes).toString()), one!.answer)
  assert.equal(answerOf(await ask('v4', 0, { hold: 1500 })).up_to, 1)
  await housekeeping.stop()
  assert.equal(world.timers, 0)
})

test('L3: a wake that is lost costs 250 ms', async () => {
  const { ask, append, world, housekeeping } = await openTestLedger({ around: () => ({ onChange: () => () => undefined }) })
  housekeeping.start()
  const held = ask('v1', 0, { hold: 1500 })
  await settled()
  await append()
  assert.equal(await isOpen(held), true)
  await world.pass(250)
  assert.equal(answerOf(await held).up_to, 1)
  await housekeeping.stop()
})

test('F5: 10,000 entries are a page: no lease on half a copy, and its end is its last entry', async () => {
  const { ask, store } = await openTestLedger()
  await put(store, ...Array.from({ length: 10_002 }, () => ({ do: 'stale', what: 'everything' }) as const))
  const first = answerOf(await ask('v1', 0))
  assert.deepEqual([first.entries.length, first.up_to, first.lease], [10_000, 10_000, 0])
  const second = answerOf(await ask('v1', first.up_to))
  assert.deepEqual([second.entries.map(({ seq }) => seq), second.up_to, second.lease], [[10_001, 10_002], 10_002, leaseMs])
  const near = answerOf(await ask('v1', 10_001))
  assert.deepEqual([near.entries.length, near.lease], [1, leaseMs])
})

test('F5: who is below what the copy keeps gets all of it from the ledger, with a lease only at the end', async () => {
  const { ask, store, copy } = await openTestLedger()
  const many = Array.from({ length: 8_000 }, () => ({ do: 'stale', what: 'everything' }) as const)
  for (let round = 0; round < 3; round++) {
    await put(store, ...many)
    await copy.advance()
  }
  assert.equal(copy.since(0), undefined)
  assert.equal(copy.since(14_000)?.length, 10_000)
  let after = 0
  let seen = 0
  const leases: number[] = []
  while (after < 24_000) {
    const { entries, up_to, lease } = answerOf(await ask('v1', after))
    assert.equal(entries[0]?.seq, after + 1)
    seen += entries.length
    leases.push(lease)
    after = up_to
  }
  assert.deepEqual([seen, leases], [24_000, [0, 0, leaseMs]])
})

test('F2: a verifier that is ahead of the ledger gets 409, and there is an alarm', async () => {
  const { ask, append, logged } = await openTestLedger()
  await append()
  assert.equal((await ask('v1', 2)).outcome, 'behind')
  assert.deepEqual(logged, ['error ledger_behind'])
})

test('F2: who was ahead when its row was written gets 409, even if the ledger has come that far since', async () => {
  const { ask, store } = await openTestLedger({
    around: (ledger) => ({
      async beat(rows) {
        const answers = await ledger.beat(rows)
        await put(store, { do: 'stale', what: 'everything' })
        return answers
      },
    }),
  })
  assert.equal((await ask('v1', 1)).outcome, 'behind') // it has another 1 than this one
})

test('L3, R2: a copy that is ahead of the ledger begins anew, with an alarm; nobody gets what it held', async () => {
  let back: Pick<Awaited<ReturnType<Ledger['read']>>, 'head' | 'entries'> | undefined
  const { ask, append, copy, logged, world } = await openTestLedger({
    around: (ledger) => ({
      async read(after, limit) {
        const found = await ledger.read(after, limit)
        return back ? { ...found, ...back } : found
      },
    }),
  })
  for (let count = 0; count < 3; count++) await append()
  const held = ask('v1', 3, { hold: 1000 })
  await settled()
  back = { head: 1, entries: [] }
  assert.equal((await copy.advance()).applied, 1)
  assert.ok(logged.includes('error ledger_went_back'))
  await world.pass(1000)
  assert.equal((await held).outcome, 'behind')
  assert.equal(copy.since(0), undefined)
  assert.deepEqual(copy.since(1), [])
})

test('F6: a release moves the row to those that are past', async () => {
  const { ask, followers, store } = await openTestLedger()
  await ask('v1', 0)
  await followers.release('orders', 'v1')
  const { rows, past } = await store.ledger.rows()
  assert.deepEqual([rows.length, past.map(({ id, gone }) => [id, gone?.why])], [0, [['v1', 'released']]])
})

test('F7: a service that is unknown or refused, or has all its rows, gets no lease', async () => {
  const { ask, store } = await openTestLedger()
  await addService(store, { id: 'small', maxRows: 1 })
  await addService(store, { id: 'bad', refused: true })
  assert.equal((await ask('v1', 0, { service: 'nobody' })).outcome, 'refused')
  assert.equal((await ask('v1', 0, { service: 'bad' })).outcome, 'refused')
  assert.equal((await ask('v1', 0, { service: 'small' })).outcome, 'answer')
  assert.equal((await ask('v2', 0, { service: 'small' })).outcome, 'full')
  assert.equal((await ask('v1', 0, { service: 'small' })).outcome, 'answer')
})

test('V10: only a service with checks none may accept without a lease; for others nothing is written', async () => {
  const { ask, store } = await openTestLedger({ services: ['orders'] })
  const legacy = await addService(store, { id: 'legacy', checks: 'none' })
  assert.equal((await ask('v1', 0, { on_lease_lost: 'accept' })).outcome, 'refused')
  assert.deepEqual((await store.ledger.rows()).rows, [])
  assert.equal((await ask('v1', 0, { on_lease_lost: 'accept', service: 'legacy' })).outcome, 'answer')
  await put(store, { do: 'putService', service: { ...legacy, checks: 'follow' } })
  assert.equal((await ask('v1', 0, { on_lease_lost: 'accept', service: 'legacy' })).outcome, 'refused')
})

test('who goes away is held no longer', async () => {
  const { ask, world } = await openTestLedger()
  const closing = new AbortController()
  const held = ask('v1', 0, { hold: 1500, closed: closing.signal })
  assert.equal(await isOpen(held), true)
  assert.equal(world.timers, 1)
  closing.abort()
  assert.equal((await held).outcome, 'stopping')
  assert.equal(world.timers, 0)
})

test('a verifier has at most four requests held; with one more its oldest is answered', async () => {
  const { ask } = await openTestLedger()
  const held = Array.from({ length: 4 }, () => ask('v1', 0, { hold: 1500 }))
  await settled()
  const other = ask('v2', 0, { hold: 1500 })
  assert.equal(await isOpen(Promise.race([...held, other])), true)
  const fifth = ask('v1', 0, { hold: 1500 })
  assert.equal(answerOf(await held[0]!).lease, leaseMs)
  assert.equal(await isOpen(Promise.race([...held.slice(1), other, fifth])), true)
})

test('R1: a clean stop answers whoever is held, with their lease, and writes no row after that', async () => {
  const { ask, followers, store, world } = await openTestLedger()
  const held = ask('v1', 0, { hold: 1500 })
  await settled()
  const late = ask('v2', 0, { hold: 1500 }) // waits for its turn
  await followers.drain()
  assert.equal(answerOf(await held).lease, leaseMs)
  assert.equal((await late).outcome, 'stopping')
  assert.equal((await ask('v3', 0)).outcome, 'stopping')
  assert.deepEqual(
    (await store.ledger.rows()).rows.map(({ id }) => id),
    ['v1'],
  )
  assert.equal(world.timers, 0)
})

test('R1: a stop waits for those whose row is written, and they are still answered', async () => {
  const reading = Promise.withResolvers<void>()
  const { ask, followers } = await openTestLedger({
    around: (ledger) => ({
      async read(after, limit) {
        await reading.promise
        return ledger.read(after, limit)
      },
    }),
  })
  const followed = ask('v1', 0, { hold: 1500 })
  await settled()
  const drained = followers.drain()
  assert.equal(await isOpen(drained), true)
  reading.resolve()
  await drained
  assert.equal(answerOf(await followed).lease, leaseMs)
})

test('E2: the horizon of an answer is never older than the ones before, in whole seconds, rounded down', async () => {
  let horizon = 1_764_000_000_999
  const { append, ask } = await openTestLedger({
    around: (ledger) => ({ read: async (after, limit) => ({ ...(await ledger.read(after, limit)), horizon }) }),
  })
  assert.equal(answerOf(await ask('v1', 0)).horizon, 1_764_000_000)
  horizon += 60_000
  assert.equal(answerOf(await ask('v1', 0)).horizon, 1_764_000_060)
  horizon -= 120_000
  await append()
  assert.equal(answerOf(await ask('v1', 0)).horizon, 1_764_000_060)
})
