import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withSpareRequests } from '../src/spare-requests.ts'
import type { FollowRequest } from '../src/wire/index.ts'
import { answerOf, makeScriptedTransport } from './scripted-transport.ts'

const sid = (seq: number) => ({ seq, ended: { sid: `s${seq}` }, until: 1_800_000_000 })
const request = (change: Partial<FollowRequest> = {}): FollowRequest => {
  return { version: 1, id: 'A'.repeat(22), after: 7, hold: 1500, on_lease_lost: 'introspect', ...change }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Warm: it was answered once, by an issuer that wants two. */
async function scene(spares: unknown = 2) {
  const transport = makeScriptedTransport()
  let renewals = 0
  const { signal } = new AbortController()
  const follow = withSpareRequests(
    (...asked) => transport.follow(...asked),
    () => renewals++,
  )
  const first = follow(request({ hold: 0 }), signal)
  assert.equal(transport.follows.length, 1, 'none before the first answer')
  transport.follow1().answer(200, answerOf(7, { spares }))
  await first
  const all = () => transport.follows.slice(1)
  const open = () => all().filter(({ asked }) => asked.spare)
  return { transport, follow, signal, all, open, renewals: () => renewals }
}

test('F8: beside the one that is waited for there are as many spares as the issuer wants, held for 15 s, and not more with the next', async () => {
  const { follow, signal, all, open } = await scene()
  const one = follow(request(), signal)
  assert.deepEqual(
    all().map(({ asked }) => asked),
    [request(), request({ hold: 15_000, spare: true }), request({ hold: 15_000, spare: true })],
  )
  all()[0]!.answer(200, answerOf(8, { entries: [sid(8)], spares: 2 }))
  assert.partialDeepStrictEqual(await one, { body: { up_to: 8 } })
  void follow(request({ after: 8 }), signal)
  assert.equal(open().length, 2)
  open()[0]!.fail()
  await turn()
  void follow(request({ after: 8, hold: 0 }), signal)
  assert.equal(open().length, 2, 'none in a hurry (V8)')
  void follow(request({ after: 8 }), signal)
  assert.equal(open().length, 3)
  assert.equal(open()[2]!.asked.after, 8)
})

test('F8: an issuer that says nothing of spares, or nothing sensible, gets none; one that wants many gets four', async () => {
  for (const [wants, gets] of [
    [null, 0],
    [-1, 0],
    [0.5, 0],
    ['2', 0],
    [1000, 4],
  ] as const) {
    const { follow, signal, open } = await scene(wants)
    void follow(request(), signal)
    assert.equal(open().length, gets, String(wants))
  }
})

test('F8: what comes over a spare stands for the answer that is waited for; that one counts no more', async () => {
  const { follow, signal, all, open, renewals } = await scene()
  const one = follow(request(), signal)
  open()[0]!.answer(200, answerOf(8, { entries: [sid(8)], lease: 0 }))
  assert.deepEqual(await one, { status: 200, body: answerOf(8, { entries: [sid(8)], lease: 0 }) })
  const next = follow(request({ after: 8 }), signal)
  all()[0]!.fail() // the overtaken one
  open()[1]!.answer(200, answerOf(8, { entries: [sid(8)], lease: 0 })) // and this one says that the next got lost as well
  assert.partialDeepStrictEqual(await next, { body: { up_to: 8, lease: 0 } })
  assert.equal(renewals(), 0)
})

test('F8, V4: a spare without news, with a lease, refused or broken changes nothing', async () => {
  const { follow, signal, transport, open, renewals } = await scene()
  let isOver = false
  void follow(request(), signal).then(() => {
    isOver = true
  })
  for (const end of [
    (spare: (typeof transport.follows)[0]) => spare.answer(200, answerOf(7)),
    (spare: (typeof transport.follows)[0]) => spare.answer(200, answerOf(8, { entries: [sid(8)], lease: 5_000 })), // a node that knows none
    (spare: (typeof transport.follows)[0]) => spare.answer(503, { entries: [sid(8)], lease: 0 }),
    (spare: (typeof transport.follows)[0]) => spare.answer(200, 'no answer'),
    (spare: (typeof transport.follows)[0]) => spare.answer(200),
    (spare: (typeof transport.follows)[0]) => spare.fail(),
  ]) {
    end(open().at(-1)!)
    await turn()
    assert.equal(isOver, false)
    void follow(request(), signal) // parks another
  }
  assert.equal(renewals(), 0)
})

test('F8, V8, KEEPID: under a new id the spares of the old one are called off, and what they still bring is not taken', async () => {
  const { follow, signal, open } = await scene()
  const one = follow(request(), signal)
  const [old, other] = open()
  assert.ok(old && other)
  old.answer(200, answerOf(7))
  await turn()
  let isOver = false
  void follow(request({ id: 'B'.repeat(22), after: 0, hold: 0 }), signal).then(() => {
    isOver = true
  })
  assert.ok(other.signal.aborted)
  other.answer(200, answerOf(9, { entries: [sid(9)], lease: 0 }))
  await turn()
  assert.equal(isOver, false)
  void one
})

test('V8: when the request that is waited for fails, the way is renewed; when it is called off it is aborted', async () => {
  const { follow, all, renewals } = await scene()
  const controller = new AbortController()
  const one = follow(request(), controller.signal)
  all()[0]!.fail(new Error('reset'))
  await assert.rejects(one, /reset/)
  assert.equal(renewals(), 1)
  const two = follow(request(), controller.signal)
  two.catch(() => undefined)
  controller.abort()
  assert.ok(all().at(-1)!.signal.aborted || all().at(-3)!.signal.aborted)
})
