import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVerifier, type VerifierOptions } from '@curfew/verifier'
import { makeTestClock, makeTestIssuer } from '@curfew/verifier/testing'
import { answerOf, makeScriptedTransport, type Question } from './scripted-transport.ts'

const quiet = { info() {}, warn() {}, error() {} }

/** A verifier whose every message lies in the test's hands; keys are there. */
async function scene(options: Partial<VerifierOptions> = {}) {
  const world = makeTestClock()
  const issuer = makeTestIssuer({ world })
  const transport = makeScriptedTransport([issuer.jwk])
  const verifier = createVerifier({ issuer: issuer.issuer, audience: issuer.audience, transport, world, logger: quiet, ...options })
  await world.advance(0)
  const giveLease = async (upTo = 0, change = {}) => {
    transport.follow1().answer(200, answerOf(upTo, change))
    await world.advance(0)
  }
  return { world, issuer, transport, verifier, giveLease }
}

const ended = (seq: number, sid: string) => ({ seq, ended: { sid }, until: 1_800_000_000 })

test('V5: cold, it asks the issuer about each token, for each request, and keeps no answer', async () => {
  const { issuer, transport, verifier, world } = await scene()
  const authorization = issuer.bearer()
  for (let round = 1; round <= 3; round++) {
    assert.equal(verifier.verifySync({ authorization }), undefined)
    const verdict = verifier.verify({ authorization })
    await world.advance(0)
    assert.equal(transport.introspections.length, round)
    assert.equal(transport.introspections.at(-1)!.asked, authorization.slice(7))
    transport.introspections.at(-1)!.answer(200, { active: round !== 2 })
    const { outcome, ...rest } = await verdict
    assert.equal(outcome, round === 2 ? 'refused' : 'accepted')
    if (round === 2) assert.partialDeepStrictEqual(rest, { reason: 'inactive_at_issuer', status: 401, code: 'invalid_token' })
  }
})

test('V5: only tokens that are otherwise good are asked about', async () => {
  const { issuer, transport, verifier } = await scene()
  const now = 1_764_000_000
  for (const [claims, reason] of [
    [{ exp: now - 5 }, 'expired'],
    [{ nbf: now + 60 }, 'not_yet_valid'],
    [{ aud: 'https://other.example' }, 'aud_wrong'],
    [{ iss: 'https://other.example' }, 'iss_wrong'],
    [{ pos: undefined as never }, 'pos_malformed'],
    [{ cnf: { jkt: 'x' } }, 'cnf_unproved'],
  ] as const) {
    assert.partialDeepStrictEqual(await verifier.verify({ authorization: issuer.bearer(claims) }), { outcome: 'refused', reason })
  }
  const forged = `${issuer.bearer().slice(0, -8)}AAAAAAAA`
  assert.partialDeepStrictEqual(await verifier.verify({ authorization: forged }), { outcome: 'refused', reason: 'signature_wrong' })
  assert.partialDeepStrictEqual(await verifier.verify({ authorization: issuer.bearer({ scope: 'a' }), scope: 'b a c' }), {
    reason: 'scope_missing',
    detail: 'it lacks the scope b c', // for the log; the caller is told what is needed
  })
  assert.equal(transport.introspections.length, 0)
})

test('V5, SHAREDASK: a question that is not sent yet is shared, one that is under way never', async () => {
  const { issuer, transport, verifier, world } = await scene()
  const authorization = issuer.bearer()
  const together = [verifier.verify({ authorization }), verifier.verify({ authorization })]
  await world.advance(0)
  assert.equal(transport.introspections.length, 1)
  const later = verifier.verify({ authorization })
  await world.advance(0)
  assert.equal(transport.introspections.length, 2, 'the first answer may be from before an end that the later request comes after')
  transport.introspections[0]!.answer(200, { active: true })
  transport.introspections[1]!.answer(200, { active: false })
  assert.deepEqual(
    (await Promise.all([...together, later])).map((verdict) => verdict.outcome),
    ['accepted', 'accepted', 'refused'],
  )
})

test('V5: an answer later than P, by either clock, is none (LATEASK, VSLEEP)', async () => {
  for (const [wait, sleep, outcome] of [
    [1999, 0, 'accepted'],
    [2001, 0, 'unavailable'],
    [100, 1900, 'accepted'],
    [100, 1901, 'unavailable'],
  ] as const) {
    const { issuer, transport, verifier, world } = await scene()
    const verdict = verifier.verify({ authorization: issuer.bearer() })
    await world.advance(wait)
    world.suspend(sleep)
    transport.introspections[0]!.answer(200, { active: true })
    const said = await verdict
    assert.equal(said.outcome, outcome, `${wait} + ${sleep}`)
    if (outcome === 'unavailable')
      assert.partialDeepStrictEqual(said, { reason: 'issuer_slow', status: 503, headers: { 'Retry-After': '1' } })
    if (wait > 2000) assert.ok(transport.introspections[0]!.signal.aborted)
  }
})

test('V5, FAILOPEN: an issuer that fails, or says something else than yes or no, is no yes', async () => {
  const { issuer, transport, verifier, world } = await scene()
  for (const say of [
    () => transport.introspections.at(-1)!.fail(),
    () => transport.introspections.at(-1)!.answer(503),
    () => transport.introspections.at(-1)!.answer(401, { active: true }),
    () => transport.introspections.at(-1)!.answer(200, { active: 'true' }),
    () => transport.introspections.at(-1)!.answer(200, { active: 1 }),
    () => transport.introspections.at(-1)!.answer(200, 'active'),
    () => transport.introspections.at(-1)!.answer(200),
  ]) {
    const verdict = verifier.verify({ authorization: issuer.bearer() })
    await world.advance(0)
    const before = transport.introspections.length
    say()
    await world.advance(0)
    if (transport.introspections.length > before) say() // put again
    assert.partialDeepStrictEqual(await verdict, { outcome: 'unavailable', reason: 'issuer_failed', status: 503 })
  }
})

test('V5: a question that fails, or waits for half of P, is put once more, and the first answer counts', async () => {
  for (const [what, first, second] of [
    ['a node that stands still', () => undefined, 1],
    ['a node that was killed', (one: Question<string>) => one.fail(), 0],
    ['a node that stops', (one: Question<string>) => one.answer(503), 0],
  ] as readonly [string, (one: Question<string>) => void, number][]) {
    for (const active of [true, false]) {
      const { issuer, transport, verifier, world } = await scene()
      const verdict = verifier.verify({ authorization: issuer.bearer() })
      await world.advance(0)
      first(transport.introspections[0]!)
      await world.advance(second * 999)
      assert.equal(transport.introspections.length, second ? 1 : 2, what)
      await world.advance(second)
      assert.equal(transport.introspections.length, 2, what)
      assert.equal(transport.introspections[1]!.asked, transport.introspections[0]!.asked)
      transport.introspections[1]!.answer(200, { active })
      assert.equal((await verdict).outcome, active ? 'accepted' : 'refused', what)
      assert.ok(transport.introspections[0]!.signal.aborted, 'the other one is called off')
    }
  }
})

test('V5: a question is put twice at most, not after a plain refusal, and both are over with the first one’s P', async () => {
  const { issuer, transport, verifier, world } = await scene()
  const refused = verifier.verify({ authorization: issuer.bearer() })
  await world.advance(0)
  transport.introspections[0]!.answer(429)
  assert.partialDeepStrictEqual(await refused, { outcome: 'unavailable', reason: 'issuer_failed' })
  assert.equal(transport.introspections.length, 1)

  const late = verifier.verify({ authorization: issuer.bearer() })
  await world.advance(1000)
  transport.introspections[2]!.answer(503)
  await world.advance(999)
  transport.introspections[1]!.answer(200, { active: true })
  assert.equal((await late).outcome, 'accepted', 'the first may still answer')

  const silent = verifier.verify({ authorization: issuer.bearer() })
  await world.advance(2001)
  assert.partialDeepStrictEqual(await silent, { outcome: 'unavailable', reason: 'issuer_slow' })
  assert.equal(transport.introspections.length, 5)
  assert.ok(transport.introspections.slice(3).every(({ signal }) => signal.aborted))
})

test('V5: a transport that throws instead of failing is no yes either', async () => {
  const world = makeTestClock()
  const issuer = makeTestIssuer({ world })
  const introspect = (): never => {
    throw new Error('not connected')
  }
  const transport = { ...makeScriptedTransport([issuer.jwk]), introspect }
  const verifier = createVerifier({ issuer: issuer.issuer, audience: issuer.audience, transport, world, logger: quiet })
  await world.advance(0)
  const said = await verifier.verify({ authorization: issuer.bearer() })
  assert.partialDeepStrictEqual(said, { outcome: 'unavailable', reason: 'issuer_failed' })
})

test('V5: at most 64 questions are under way; beyond, 503', async () => {
  const { issuer, transport, verifier, world } = await scene()
  const verdicts = Array.from({ length: 66 }, () => verifier.verify({ authorization: issuer.bearer() }))
  await world.advance(0)
  assert.equal(transport.introspections.length, 64)
  for (const late of verdicts.slice(64)) assert.partialDeepStrictEqual(await late, { outcome: 'unavailable', reason: 'too_many_questions' })
  for (const each of transport.introspections) each.answer(200, { active: true })
  for (const each of verdicts.slice(0, 64)) assert.equal((await each).outcome, 'accepted')
  const next = verifier.verify({ authorization: issuer.bearer() })
  await world.advance(0)
  transport.introspections.at(-1)!.answer(200, { active: true })
  assert.equal((await next).outcome, 'accepted')
})

test('V5: the copy refuses all the same, also what came in while the question was under way', async () => {
  const { issuer, transport, verifier, world, giveLease } = await scene()
  const verdict = verifier.verify({ authorization: issuer.bearer({ sid: 's1' }) })
  await world.advance(0)
  await giveLease(1, { entries: [ended(1, 's1')], lease: 0 })
  transport.introspections[0]!.answer(200, { active: true })
  assert.partialDeepStrictEqual(await verdict, { outcome: 'refused', reason: 'session_ended' })
})

test('V1, V6, JV-22, S21: with a lease it decides alone; when it is over, by either clock, it asks again', async () => {
  const { issuer, transport, verifier, world, giveLease } = await scene()
  await giveLease()
  const authorization = issuer.bearer()
  assert.equal(verifier.verifySync({ authorization })?.outcome, 'accepted')
  world.suspend(5000)
  assert.equal(verifier.verifySync({ authorization }), undefined)
  assert.partialDeepStrictEqual(verifier.state(), { ready: false, leaseLeft: 0 })
  world.setWallBy(-5000)
  assert.equal(verifier.verifySync({ authorization })?.outcome, 'accepted')
  await world.advance(5000)
  assert.equal(verifier.verifySync({ authorization }), undefined)
  assert.equal(transport.introspections.length, 0)
})

test('V10: refuse answers 503 without a lease and asks nobody; what is wrong with the token is still said', async () => {
  const { issuer, transport, verifier, giveLease } = await scene({ onLeaseLost: 'refuse' })
  assert.equal(transport.follow1().asked.on_lease_lost, 'refuse')
  const authorization = issuer.bearer()
  assert.partialDeepStrictEqual(await verifier.verify({ authorization }), { outcome: 'unavailable', reason: 'no_lease', status: 503 })
  assert.partialDeepStrictEqual(await verifier.verify({ authorization: issuer.bearer({ aud: 'x' }) }), { reason: 'aud_wrong' })
  await giveLease()
  assert.equal((await verifier.verify({ authorization })).outcome, 'accepted')
  assert.equal(transport.introspections.length, 0)
})

test('V10: accept accepts until expiry once the lease is lost, but never cold, and the copy still refuses', async () => {
  const { issuer, transport, verifier, world, giveLease } = await scene({ onLeaseLost: 'accept' })
  assert.equal(transport.follow1().asked.on_lease_lost, 'accept')
  const [good, dead] = [issuer.bearer({ sid: 'good' }), issuer.bearer({ sid: 'dead' })]
  assert.equal(verifier.verifySync({ authorization: good }), undefined, 'cold: it asks')
  await giveLease(1, { entries: [ended(1, 'dead')] })
  await world.advance(60_000)
  assert.equal(verifier.state().leaseLeft, 0)
  assert.equal(verifier.verifySync({ authorization: good })?.outcome, 'accepted')
  assert.partialDeepStrictEqual(verifier.verifySync({ authorization: dead }), { reason: 'session_ended' })
  const asked = transport.follows.length
  while (transport.follows.length === asked) await world.advance(10) // the next attempt: the one before may have been given up by now
  transport.follow1().answer(409)
  await world.advance(0)
  assert.equal(verifier.verifySync({ authorization: good }), undefined, 'cold again (V8)')
})

test('V9: a verifier that does not understand the ledger asks about each token', async () => {
  const { issuer, transport, verifier, world, giveLease } = await scene()
  await giveLease()
  transport.follow1().answer(200, answerOf(1, { entries: [{ seq: 1, frozen: {}, until: 9 }] }))
  await world.advance(0)
  const verdict = verifier.verify({ authorization: issuer.bearer() })
  await world.advance(0)
  transport.introspections[0]!.answer(200, { active: true })
  assert.equal((await verdict).outcome, 'accepted')
  assert.match(verifier.state().problem!, /update @curfew\/verifier/)
})

test('V7: after close nothing is accepted, signals abort, and a question under way is no way around it', async () => {
  const { issuer, transport, verifier, world, giveLease } = await scene()
  const asked = verifier.verify({ authorization: issuer.bearer() })
  await world.advance(0)
  await giveLease()
  const accepted = verifier.verifySync({ authorization: issuer.bearer() })
  assert.ok(accepted?.outcome === 'accepted' && !accepted.signal.aborted)
  await verifier.close()
  assert.ok(accepted.signal.aborted)
  assert.equal(accepted.valid(), false)
  transport.introspections[0]!.answer(200, { active: true })
  assert.partialDeepStrictEqual(await asked, { outcome: 'unavailable', reason: 'closed' })
  assert.partialDeepStrictEqual(await verifier.verify({ authorization: issuer.bearer() }), { outcome: 'unavailable', reason: 'closed' })
  await assert.rejects(verifier.ready(), /was closed/)
})

test('ready: with the first whole lease; a key that is not known, or nobody there, is said in a sentence', async () => {
  const good = await scene()
  const ready = good.verifier.ready()
  await good.giveLease(1, { entries: [ended(1, 'x')], lease: 0 })
  let isReady = false
  void ready.then(() => {
    isReady = true
  })
  await good.world.advance(0)
  assert.equal(isReady, false, 'a page is no snapshot (F5)')
  await good.giveLease(1)
  await ready
  assert.partialDeepStrictEqual(good.verifier.state(), { ready: true, position: 1, entries: 1 })

  const unknown = await scene({ key: `cfk_orders_${'s'.repeat(43)}` })
  const refused = assert.rejects(unknown.verifier.ready(), {
    name: 'VerifierSetupError',
    message:
      'orders: the issuer at https://issuer.example does not know this key (401). Make a new one: npx curfew services key orders, or for a new service: npx curfew services add orders',
  })
  unknown.transport.follow1().answer(401)
  await refused
  await assert.rejects(unknown.verifier.ready(), /does not know this key/)

  const nobody = await scene()
  const late = assert.rejects(nobody.verifier.ready(), /not ready after 10000 ms: the issuer|not ready after 10000 ms: no answer/)
  await nobody.world.advance(10_000)
  await late
})

test('a problem is logged once, and so is its end; a key is in no line', async () => {
  const lines: string[] = []
  const put = (fields: object, message: string) => lines.push(`${message} ${JSON.stringify(fields)}`)
  const key = `cfk_orders_${'S'.repeat(43)}`
  const { transport, world, giveLease } = await scene({ key, logger: { info: put, warn: put, error: put } })
  for (let round = 0; round < 3; round++) {
    transport.follow1().answer(401)
    await world.advance(1251)
  }
  await giveLease()
  assert.equal(lines.length, 2)
  assert.match(lines[0]!, /does not know this key/)
  assert.match(lines[1]!, /follows the ledger again/)
  assert.ok(!lines.join().includes('SSSS'))
})

test('verdict.signal aborts when the session ends, with the reason; also for cuts, changed rights, the horizon, expiry', async () => {
  const until = 1_800_000_000
  for (const [change, code] of [
    [{ entries: [ended(1, 'mine')] }, 'session_ended'],
    [{ entries: [{ seq: 1, ended: { kid: 'KID' }, until }] }, 'key_ended'],
    [{ entries: [{ seq: 1, cut: { usr: 'u' }, until }] }, 'user_cut'],
    [{ entries: [{ seq: 1, cut: {}, until }] }, 'everything_cut'],
    [{ entries: [{ seq: 1, stale: { client_id: 'test' }, until }] }, 'client_stale'],
    [{ horizon: 1_764_000_300 }, 'before_horizon'],
    [{ entries: [ended(1, 'another')] }, undefined],
  ] as const) {
    const { issuer, verifier, transport, world, giveLease } = await scene()
    await giveLease()
    const verdict = verifier.verifySync({ authorization: issuer.bearer({ sid: 'mine', usr: 'u' }) })
    assert.ok(verdict?.outcome === 'accepted')
    let validAtAbort: boolean | undefined
    verdict.signal.addEventListener('abort', () => {
      validAtAbort = verdict.valid()
    })
    const text = JSON.stringify(answerOf(1, change)).replace('KID', issuer.kid)
    transport.follow1().answer(200, JSON.parse(text))
    await world.advance(0)
    assert.equal(verdict.signal.aborted, code !== undefined)
    assert.equal((verdict.signal.reason as { code?: string } | undefined)?.code, code)
    assert.equal(verdict.valid(), code === undefined)
    if (code?.endsWith('_ended')) assert.equal(validAtAbort, false, 'V3: entries before signals')
  }
})

test('verdict.signal aborts at expiry, and is aborted from the start where the token is dead already', async () => {
  const { issuer, verifier, world, giveLease } = await scene()
  await giveLease()
  const authorization = issuer.bearer()
  const first = verifier.verifySync({ authorization })
  assert.ok(first?.outcome === 'accepted')
  assert.equal(first, verifier.verifySync({ authorization }), 'one verdict for one token: nothing is made anew')
  const { signal } = first
  await world.advance(304_999)
  assert.equal(signal.aborted, false)
  await world.advance(1)
  assert.deepEqual([signal.aborted, signal.reason.code, signal.reason.name], [true, 'expired', 'AbortError'])
  assert.equal(first.signal.aborted, true)
})

test('verdict.valid and explain say what is so now', async () => {
  const { issuer, verifier, world, transport, giveLease } = await scene()
  await giveLease()
  const verdict = verifier.verifySync({ authorization: issuer.bearer({ sid: 's' }) })
  assert.ok(verdict?.outcome === 'accepted' && verdict.valid())
  assert.partialDeepStrictEqual(verdict.explain(), { outcome: 'accepted', rule: 'V1', position: 0, leaseLeft: 5000 })
  await world.advance(1000)
  assert.partialDeepStrictEqual(verdict.explain(), { leaseLeft: 4000 })
  await world.advance(4000)
  assert.equal(verdict.valid(), false, 'no lease, so it cannot say yes')
  assert.partialDeepStrictEqual(verdict.explain(), { outcome: 'unavailable', reason: 'no_lease', rule: 'V5' })
  await world.advance(300)
  transport.follow1().answer(200, answerOf(1, { entries: [ended(1, 's')] }))
  await world.advance(0)
  assert.equal(verdict.valid(), false)
  assert.partialDeepStrictEqual(verdict.explain(), { outcome: 'refused', reason: 'session_ended', rule: 'Covered', position: 1 })
  assert.partialDeepStrictEqual(await verifier.explain('x.y'), { outcome: 'refused', reason: 'not_three_parts' })
  const token = issuer.token()
  assert.partialDeepStrictEqual(await verifier.explain(token), { outcome: 'accepted', claims: { aud: issuer.audience } })
})

test('verdict.valid after the issuer was asked: for as long as that answer counts', async () => {
  const { issuer, verifier, world, transport } = await scene()
  const asked = verifier.verify({ authorization: issuer.bearer() })
  await world.advance(0)
  transport.introspections[0]!.answer(200, { active: true })
  const verdict = await asked
  assert.ok(verdict.outcome === 'accepted' && verdict.valid())
  world.setWallBy(-60_000)
  await world.advance(2000)
  assert.equal(verdict.valid(), true)
  await world.advance(1)
  assert.equal(verdict.valid(), false, 'by the monotonic clock, whatever was done to the other (V6)')
})

test('RV-7: what was born at a cut’s own number lives, what was born before is dead', async () => {
  const { issuer, verifier, giveLease } = await scene()
  const usr = 'U'.repeat(22)
  await giveLease(7, { entries: [{ seq: 7, cut: { usr }, until: 1_800_000_000 }] })
  const outcome = (pos: number) => verifier.verifySync({ authorization: issuer.bearer({ usr, pos, seq: 7 }) })?.outcome
  assert.deepEqual([outcome(6), outcome(7), outcome(8)], ['refused', 'accepted', 'accepted'])
})

test('RFC 6750 §2.1: a header needs its scheme, also where the token itself was seen before; and a bare token has none', async () => {
  const { issuer, verifier, giveLease } = await scene()
  await giveLease()
  const token = issuer.token()
  assert.equal((await verifier.explain(token)).outcome, 'accepted')
  assert.partialDeepStrictEqual(verifier.verifySync({ authorization: token }), { outcome: 'refused', reason: 'scheme_wrong' })
  assert.equal(verifier.verifySync({ authorization: `Bearer ${token}` })?.outcome, 'accepted')
  assert.partialDeepStrictEqual(verifier.verifySync({ token: `Bearer ${token}` }), { outcome: 'refused', reason: 'not_base64url' })
})

test('one token is one verdict and one signal, in whatever case its scheme is written: a caller cannot make more of them', async () => {
  const { issuer, verifier, giveLease } = await scene()
  await giveLease()
  const token = issuer.token()
  const verdicts = ['Bearer', 'bearer', 'BEARER', 'bEaReR', 'Bearer'].map((scheme) =>
    verifier.verifySync({ authorization: `${scheme} ${token}` }),
  )
  assert.equal(verdicts[0]?.outcome, 'accepted')
  assert.equal(new Set(verdicts).size, 1)
})
