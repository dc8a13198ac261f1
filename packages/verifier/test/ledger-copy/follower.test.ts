import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeTestClock } from '@curfew/verifier/testing'
import { makeCopy } from '../../src/ledger-copy/copy.ts'
import { type FollowProblem, makeFollower, makeVerifierId } from '../../src/ledger-copy/follower.ts'
import { makeLease } from '../../src/ledger-copy/lease.ts'
import { makeSignals } from '../../src/ledger-copy/signals.ts'
import { type Standing, takeAnswer } from '../../src/ledger-copy/take-answer.ts'
import { timing } from '../../src/ledger-copy/timing.ts'
import { refusalWords } from '../../src/refusal-words.ts'
import { readFollowAnswer } from '../../src/wire/index.ts'
import { answerOf, makeScriptedTransport } from '../scripted-transport.ts'

const sid = (seq: number, name = `s${seq}`) => ({ seq, ended: { sid: name }, until: 1_800_000_000 })

async function scene() {
  const world = makeTestClock()
  const transport = makeScriptedTransport()
  const standing: Standing = { copy: makeCopy(), lease: makeLease() }
  const problems: (FollowProblem | undefined)[] = []
  const dropped: string[] = []
  const follower = makeFollower({
    ...{ world, transport, onLeaseLost: 'introspect', standing, timing, makeId: makeVerifierId, makeCopy, readAnswer: readFollowAnswer },
    take: (answer, sent) => takeAnswer(answer, sent, standing, { signals: makeSignals(world), keys: { drop: (kid) => dropped.push(kid) } }),
    refusal: (answer) => refusalWords(answer, 'https://issuer.example', 'orders'),
    report: (problem) => problems.push(problem),
  })
  follower.start()
  const leaseLeft = () => standing.lease.left(world.monotonic(), world.wall())
  const covers = (name: string) => standing.copy.covers({ sid: name, jti: 'j', client_id: 'c', pos: 0, seq: 0 }, 'k')
  const turn = () => world.advance(0)
  await turn()
  return { world, transport, standing, problems, dropped, follower, leaseLeft, covers, turn }
}

test('V2, V8: it begins cold, not held, with an id of 128 random bits; no two are the same', async () => {
  const one = await scene()
  const other = await scene()
  const { asked } = one.transport.follow1()
  assert.deepEqual({ ...asked, id: '' }, { version: 1, id: '', after: 0, hold: 0, on_lease_lost: 'introspect' })
  assert.match(asked.id, /^[A-Za-z0-9_-]{22}$/)
  assert.notEqual(asked.id, other.transport.follow1().asked.id)
})

test('V3, V8: after each answer it asks again at once, under the same id, with what it has applied, held for 0.3 of the lease (D2)', async () => {
  const { transport, turn, covers, dropped } = await scene()
  const { id } = transport.follow1().asked
  transport.follow1().answer(200, answerOf(2, { entries: [sid(1), { seq: 2, ended: { kid: 'old' }, until: 1_800_000_000 }] }))
  await turn()
  assert.deepEqual(transport.follow1().asked, { version: 1, id, after: 2, hold: 1500, on_lease_lost: 'introspect' })
  assert.equal(covers('s1'), 'session_ended')
  assert.deepEqual(dropped, ['old'])
})

test('V4: the lease runs from the sending, so a late answer gives what is left, and one later than that gives none', async () => {
  const { transport, world, leaseLeft } = await scene()
  await world.advance(1500)
  transport.follow1().answer(200, answerOf(0))
  await world.advance(0)
  assert.equal(leaseLeft(), 3500)
})

test('F5, V1: a page without a lease is applied, and the next is asked for; the lease comes with the last', async () => {
  const { transport, turn, leaseLeft, standing } = await scene()
  transport.follow1().answer(200, answerOf(1, { entries: [sid(1)], lease: 0 }))
  await turn()
  assert.deepEqual([leaseLeft(), standing.copy.seq, transport.follow1().asked.after], [0, 1, 1])
  transport.follow1().answer(200, answerOf(2, { entries: [sid(2)] }))
  await turn()
  assert.equal(leaseLeft(), 5000)
})

test('V8: after an error it asks again within 50 to 250 ms, not held, and the lease runs on', async () => {
  const { transport, world, turn, leaseLeft, problems } = await scene()
  transport.follow1().answer(200, answerOf(0))
  await turn()
  assert.equal(transport.follows.length, 2)
  for (const broken of [
    () => transport.follow1().fail(),
    () => transport.follow1().answer(503),
    () => transport.follow1().answer(200, 'not an answer'),
    () => transport.follow1().answer(200, answerOf(0, { up_to: -1 })),
    () => transport.follow1().answer(302),
  ]) {
    const before: number = transport.follows.length
    broken()
    await world.advance(49)
    assert.equal(transport.follows.length, before)
    await world.advance(202)
    assert.equal(transport.follows.length, before + 1)
    assert.equal(transport.follow1().asked.hold, 0)
    assert.ok(problems.at(-1) !== undefined)
  }
  assert.equal(leaseLeft(), 5000 - 5 * 251)
})

test('D2, V8: an answer that does not come within P is given up, its connection with it, and asked for anew', async () => {
  const { transport, world, turn, standing } = await scene()
  transport.follow1().answer(200, answerOf(0))
  await turn()
  const lost = transport.follow1()
  await world.advance(1999)
  assert.equal(lost.signal.aborted, false)
  await world.advance(1)
  assert.equal(lost.signal.aborted, true)
  await world.advance(250)
  assert.equal(transport.follows.length, 3)
  lost.answer(200, answerOf(7, { entries: [sid(7)] })) // what was given up is not worked in
  await turn()
  assert.equal(standing.copy.seq, 0)
  transport.follow1().answer(200, answerOf(0))
  await turn()
  assert.ok(standing.lease.holds(world.monotonic(), world.wall()), 'one lost message did not cost the lease')
})

test('V8, KEEPID: 409 drops copy and lease, and it starts cold with another id', async () => {
  const { transport, world, turn, standing, leaseLeft, covers } = await scene()
  transport.follow1().answer(200, answerOf(41, { entries: [sid(41)] }))
  await turn()
  const before = transport.follow1()
  assert.equal(before.asked.after, 41)
  before.answer(409, { error: 'ledger_behind' })
  await turn()
  assert.deepEqual([leaseLeft(), standing.copy.seq, covers('s41'), standing.lease.wasHeld()], [0, 0, undefined, false])
  await world.advance(251)
  const { asked } = transport.follow1()
  assert.deepEqual([asked.after, asked.hold], [0, 0])
  assert.notEqual(asked.id, before.asked.id)
})

test('V9: an unknown version, sort or name: nothing is acknowledged; no copy, no lease, released; cold again after a minute, another id', async () => {
  for (const strange of [
    { version: 2 },
    { entries: [sid(6), { seq: 7, frozen: { sid: 'x' }, until: 1 }], up_to: 7 },
    { entries: [{ seq: 7, ended: { device: 'x' }, until: 1 }], up_to: 7 },
  ]) {
    const { transport, world, turn, standing, leaseLeft, problems } = await scene()
    transport.follow1().answer(200, answerOf(5, { entries: [sid(5)] }))
    await turn()
    const { id } = transport.follow1().asked
    transport.follow1().answer(200, answerOf(7, strange))
    await turn()
    assert.deepEqual([leaseLeft(), standing.copy.seq, standing.copy.size()], [0, 0, 0])
    assert.deepEqual(transport.releases, [{ version: 1, id }])
    assert.match(problems.at(-1)!.message, /does not know: update @curfew\/verifier/)
    assert.ok(problems.at(-1)!.definitive)
    const asked = transport.follows.length
    assert.ok(transport.follows.every((each) => each.asked.after !== 7))
    await world.advance(59_999)
    assert.equal(transport.follows.length, asked)
    await world.advance(1)
    assert.equal(transport.follows.length, asked + 1)
    assert.deepEqual([transport.follow1().asked.after, transport.follow1().asked.hold], [0, 0])
    assert.notEqual(transport.follow1().asked.id, id)
  }
})

test('V7: at close the lease goes first and for good, then the release; nothing is asked or taken any more', async () => {
  const { transport, world, turn, standing, follower, leaseLeft } = await scene()
  transport.follow1().answer(200, answerOf(0))
  await turn()
  const open = transport.follow1()
  let leaseAtRelease: number | undefined
  const release = transport.release.bind(transport)
  transport.release = (request) => {
    leaseAtRelease = leaseLeft()
    return release(request)
  }
  const closed = follower.close()
  assert.equal(standing.lease.holds(world.monotonic(), world.wall()), false, 'in the same turn')
  await closed
  assert.equal(leaseAtRelease, 0)
  assert.deepEqual(transport.releases, [{ version: 1, id: open.asked.id }])
  assert.ok(open.signal.aborted)
  open.answer(200, answerOf(9))
  await world.advance(120_000)
  assert.deepEqual([transport.follows.length, leaseLeft(), transport.releases.length, standing.copy.seq], [2, 0, 1, 0])
  standing.lease.extend({ monotonic: world.monotonic(), wall: world.wall() }, 5000)
  assert.equal(leaseLeft(), 0, 'for good')
  await follower.close()
  assert.equal(transport.releases.length, 1)
})

test('V7: a release that is not answered holds nobody up for more than a second', async () => {
  const { transport, world, follower } = await scene()
  transport.release = () => new Promise(() => {})
  let isClosed = false
  void follower.close().then(() => {
    isClosed = true
  })
  await world.advance(999)
  assert.equal(isClosed, false)
  await world.advance(1)
  assert.ok(isClosed)
})

test('a key that is not known, a service that is refused: asked again, but not as if in a hurry; and it recovers', async () => {
  const { transport, world, problems, leaseLeft } = await scene()
  for (const [status, words] of [
    [
      401,
      /does not know this key \(401\)\. Make a new one: npx curfew services key orders, or for a new service: npx curfew services add orders/,
    ],
    [403, /does not let this service follow the ledger \(403\): no: not you/],
    [400, /does not understand this verifier \(400\)/],
  ] as const) {
    const before = transport.follows.length
    transport.follow1().answer(status, { error: 'x', error_description: 'no: not you\u001b[31m'.slice(0, 11) })
    await world.advance(1049)
    assert.equal(transport.follows.length, before)
    await world.advance(202)
    assert.equal(transport.follows.length, before + 1)
    assert.match(problems.at(-1)!.message, words)
    assert.ok(problems.at(-1)!.definitive)
  }
  transport.follow1().answer(200, answerOf(0))
  await world.advance(0)
  assert.equal(problems.at(-1), undefined)
  assert.ok(leaseLeft() > 4700)
})

test('an issuer that answers nothing, at once, again and again is not asked as fast as it answers', async () => {
  const { transport, world } = await scene()
  for (let round = 0; round < 5; round++) {
    transport.follow1().answer(200, answerOf(0))
    await world.advance(0)
  }
  assert.ok(transport.follows.length < 6)
  const before = transport.follows.length
  await world.advance(250)
  assert.equal(transport.follows.length, before + 1)
  assert.equal(transport.follow1().asked.hold, 1500)
})

test('V3: of two answers under way only one is taken at a time, and what comes out of order takes nothing back', async () => {
  const { transport, turn, standing, covers } = await scene()
  transport.follow1().answer(200, answerOf(3, { entries: [sid(2), sid(3)], horizon: 10 }))
  await turn()
  transport.follow1().answer(200, answerOf(1, { entries: [sid(1)], horizon: 5 }))
  await turn()
  assert.deepEqual([standing.copy.seq, standing.copy.horizon, transport.follow1().asked.after], [3, 10, 3])
  for (const name of ['s1', 's2', 's3']) assert.equal(covers(name), 'session_ended')
})
