import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addService } from '../../src/testing/contract/fixtures.ts'
import { answerOf, isOpen, openTestLedger, settled, type TestLedger } from './open-test-ledger.ts'

/** `count` verifiers that have a row, and so many spares each. */
async function fleet(count: number, given: Parameters<typeof openTestLedger>[0] = {}) {
  const scene = await openTestLedger(given)
  scene.housekeeping.start()
  const ids = Array.from({ length: count }, (_, nth) => `v${nth}`)
  await Promise.all(ids.map((id) => scene.ask(id, 0)))
  const spares = new Map(ids.map((id) => [id, [park(scene, id), park(scene, id)]]))
  await settled()
  const end = async () => {
    await scene.stop()
    assert.equal(scene.world.timers, 0)
  }
  return { ...scene, ids, spares, end }
}

function park({ ask }: Pick<TestLedger, 'ask'>, id: string, after = 0, more: Parameters<TestLedger['ask']>[2] = {}) {
  return ask(id, after, { hold: 15_000, spare: true, ...more })
}

test('F8: a spare is told of an entry that its verifier has not acknowledged after 25 ms, with no lease (F5); the others wait on', async () => {
  const { ask, append, world, ids, spares, end } = await fleet(20)
  await append()
  await settled()
  assert.equal(await isOpen(Promise.race([...spares.values()].flat())), true)
  for (const id of ids.slice(1)) await ask(id, 1)
  await world.pass(24)
  assert.equal(await isOpen(Promise.race([...spares.values()].flat())), true)
  await world.pass(1)
  for (const spare of spares.get('v0')!) {
    const { entries, up_to, lease } = answerOf(await spare)
    assert.deepEqual([entries.map(({ seq }) => seq), up_to, lease], [[1], 1, 0])
  }
  assert.equal(await isOpen(Promise.race(ids.slice(1).flatMap((id) => spares.get(id)!))), true)
  await end()
})

test('F8: it is looked again, since the spare or what it leads to may get lost as well, and no more once all have acknowledged', async () => {
  let looks = 0
  const scene = await fleet(20, {
    around: (ledger) => ({
      waitingFor(seq) {
        looks++
        return ledger.waitingFor(seq)
      },
    }),
  })
  const { ask, append, world, ids, spares, end } = scene
  await append()
  for (const id of ids.slice(1)) await ask(id, 1)
  await world.pass(25)
  assert.equal(answerOf(await spares.get('v0')![0]!).up_to, 1)
  const again = park(scene, 'v0')
  await settled()
  await world.pass(25)
  assert.equal(answerOf(await again).up_to, 1)
  await ask('v0', 1)
  const last = park(scene, 'v0', 1)
  await world.pass(25)
  assert.equal(looks, 3)
  await world.pass(5_000)
  assert.equal(looks, 3)
  assert.equal(await isOpen(last), true)
  await end()
})

test('F8: where many have not acknowledged it is not loss: nobody is told twice, and the next look comes later', async () => {
  const { ask, append, world, ids, spares, end } = await fleet(20)
  await append()
  for (const id of ids.slice(10)) await ask(id, 1)
  await world.pass(25)
  assert.equal(await isOpen(Promise.race([...spares.values()].flat())), true)
  for (const id of ids.slice(1, 10)) await ask(id, 1)
  await world.pass(37)
  assert.equal(await isOpen(Promise.race([...spares.values()].flat())), true)
  await world.pass(1)
  assert.equal(answerOf(await spares.get('v0')![0]!).up_to, 1)
  await end()
})

test('F8: an acknowledgement at another node counts, and so does a row that is gone', async () => {
  const { ask, append, another, followers, world, spares, end } = await fleet(3)
  const other = another()
  await append()
  const request = { version: 1, id: 'v0', after: 1, hold: 0, on_lease_lost: 'introspect' } as const
  await other.followers.follow({ service: 'orders', local: false }, request)
  await ask('v1', 1)
  await followers.release('orders', 'v2')
  await world.pass(25)
  assert.equal(await isOpen(Promise.race([...spares.values()].flat())), true)
  await end()
})

test('F8: a spare writes no row, acknowledges nothing, and keeps no row alive (NOROW, NOBEAT: it gives no lease)', async () => {
  const { append, store, world, followers, housekeeping, ...scene } = await openTestLedger()
  housekeeping.start()
  await append()
  await append()
  const stranger = park(scene, 'v1', 1)
  await settled()
  assert.deepEqual((await store.ledger.rows()).rows, [])
  await scene.ask('v1', 0)
  const [before] = (await store.ledger.rows()).rows
  const spare = park(scene, 'v1', 2)
  await settled()
  assert.deepEqual((await store.ledger.rows()).rows, [before])
  await world.pass(15_000)
  for (const each of [stranger, spare]) assert.deepEqual([answerOf(await each).entries, answerOf(await each).lease], [[], 0])
  assert.deepEqual((await store.ledger.rows()).rows, []) // L4: nobody asked for W
  await followers.drain()
  await housekeeping.stop()
})

test('F8: nobody hears more of one that goes away; a stop answers all, and takes no more', async () => {
  const { followers, world, end, ...scene } = await fleet(1)
  const closing = new AbortController()
  const gone = park(scene, 'v0', 0, { closed: closing.signal })
  await settled()
  closing.abort()
  assert.equal((await gone).outcome, 'stopping')
  await followers.drain()
  for (const spare of scene.spares.get('v0')!) assert.deepEqual(answerOf(await spare).entries, [])
  assert.deepEqual(answerOf(await park(scene, 'v0')).entries, [])
  await end()
})

test('F8: a service has four spares for each row that it may have, one verifier four; one that is refused has none (F7)', async () => {
  const scene = await openTestLedger({ services: [] })
  await addService(scene.store, { id: 'orders', maxRows: 1 })
  await addService(scene.store, { id: 'bad', refused: true })
  assert.equal((await park(scene, 'v1', 0, { service: 'bad' })).outcome, 'refused')
  assert.equal((await park(scene, 'v1', 0, { service: 'nobody' })).outcome, 'refused')
  const parked = ['v1', 'v1', 'v2', 'v3'].map((id) => park(scene, id))
  await settled()
  assert.deepEqual(answerOf(await park(scene, 'v4')).entries, [])
  assert.equal(await isOpen(Promise.race(parked)), true)
  await scene.followers.drain()
  assert.deepEqual(answerOf(await parked[0]!).entries, [])
})

test('F8, D4: while an outage is planned no entry comes over a spare, and none that came after the look', async () => {
  let append = async (): Promise<unknown> => undefined
  let isLate = false
  const scene = await fleet(1, {
    around: (ledger) => ({
      async waitingFor(seq) {
        const found = await ledger.waitingFor(seq)
        if (!isLate) return found
        await append() // while the answer is under way
        return found
      },
    }),
  })
  const { store, world, spares, end } = scene
  append = scene.append
  const { incarnation } = await store.ledger.rows()
  await store.ledger.pause(60_000)
  assert.notEqual((await store.ledger.rows()).incarnation, incarnation)
  await append()
  await world.pass(2_000)
  assert.equal(await isOpen(Promise.race(spares.get('v0')!)), true)
  await store.ledger.endPause('now')
  isLate = true
  await append()
  await world.pass(25)
  const { entries, up_to } = answerOf(await spares.get('v0')![0]!)
  assert.deepEqual([entries.map(({ seq }) => seq), up_to], [[1, 2], 2])
  isLate = false
  await end()
})

test('F8: while the database does not answer, nobody is told anything', async () => {
  const { append, world, spares, end } = await fleet(1, { around: () => ({ waitingFor: () => Promise.reject(new Error('away')) }) })
  await append()
  await world.pass(1_000)
  assert.equal(await isOpen(Promise.race(spares.get('v0')!)), true)
  await end()
})
