import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { createVerifier } from '@curfew/verifier'
import { exportJwk } from '@curfew/verifier/jws'
import { makeTestClock, makeTestIssuer } from '@curfew/verifier/testing'
import { makeKeySet } from '../src/key-set.ts'
import { answerOf, makeScriptedTransport } from './scripted-transport.ts'

const jwkOf = (kid: string) => exportJwk(generateKeyPairSync('ed25519').publicKey, kid, 'Ed25519')

function scene() {
  const world = makeTestClock()
  const transport = makeScriptedTransport()
  const keys = makeKeySet({ transport, world, algorithms: ['ES256', 'Ed25519'] })
  const answer = async (status: number, body?: unknown) => {
    transport.keyFetches.at(-1)!.answer(status, body)
    await world.advance(0)
  }
  return { world, transport, keys, answer }
}

test('JK-4: one fetch at a time, at most one in five seconds; when there are no keys, one in half a second', async () => {
  const { world, transport, keys, answer } = scene()
  assert.ok(keys.mayFetch())
  const both = [keys.fetch(), keys.fetch()]
  assert.equal(transport.keyFetches.length, 1)
  await answer(503)
  await Promise.all(both)
  assert.match(keys.problem()!, /503/)
  assert.equal(keys.mayFetch(), false)
  await world.advance(500)
  assert.ok(keys.mayFetch())
  const again = keys.fetch()
  await answer(200, { keys: [jwkOf('a')] })
  await again
  assert.deepEqual([keys.problem(), keys.find('a')?.alg, keys.find('b'), keys.mayFetch()], [undefined, 'Ed25519', undefined, false])
  await world.advance(5000)
  assert.ok(keys.mayFetch())
})

test('JK-4: the old set is kept when a fetch fails, is late, or brings nonsense', async () => {
  const { world, transport, keys, answer } = scene()
  const first = keys.fetch()
  await answer(200, { keys: [jwkOf('a')] })
  await first
  for (const body of [undefined, 'x', { keys: 'x' }, { keys: Array.from({ length: 101 }, () => ({})) }]) {
    const next = keys.fetch()
    await answer(200, body)
    await next
    assert.notEqual(keys.problem(), undefined)
    assert.ok(keys.find('a'))
  }
  const late = keys.fetch()
  await world.advance(5000)
  await late
  assert.ok(transport.keyFetches.at(-1)!.signal.aborted)
  assert.match(keys.problem()!, /in time/)
  assert.ok(keys.find('a'))
})

test('JV-4, JK-1: a kid that occurs twice names neither key, also three times; keys of other sorts are passed over', async () => {
  const { keys, answer } = scene()
  const done = keys.fetch()
  const rsa = exportJwk(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey, 'rsa', 'RS256')
  await answer(200, { keys: [jwkOf('a'), jwkOf('b'), jwkOf('b'), jwkOf('c'), jwkOf('c'), jwkOf('c'), rsa, null, { kty: 'oct', kid: 'o' }] })
  await done
  assert.ok(keys.find('a'))
  for (const kid of ['b', 'c', 'rsa', 'o']) assert.equal(keys.find(kid), undefined)
})

test('JK-3: a key that the ledger ended is gone at once, and a later fetch does not bring it back', async () => {
  const { keys, answer } = scene()
  const set = { keys: [jwkOf('a'), jwkOf('b')] }
  const first = keys.fetch()
  await answer(200, set)
  await first
  keys.drop('a')
  assert.deepEqual([keys.find('a'), keys.find('b') !== undefined], [undefined, true])
  const second = keys.fetch()
  await answer(200, set)
  await second
  assert.equal(keys.find('a'), undefined)
})

test('JK-2: a key that the issuer took off its list is gone ten minutes later, and nobody waits for that', async () => {
  const { world, transport, keys, answer } = scene()
  const first = keys.fetch()
  await answer(200, { keys: [jwkOf('a'), jwkOf('b')] })
  await first
  await world.advance(600_001)
  assert.ok(keys.find('a'))
  assert.equal(transport.keyFetches.length, 2)
  await answer(200, { keys: [jwkOf('b')] })
  assert.equal(keys.find('a'), undefined)
})

test('JV-4, JK-4: a flood of made-up kids costs one fetch; tokens of a new key are good after it', async () => {
  const world = makeTestClock()
  const [old, fresh] = [makeTestIssuer({ world }), makeTestIssuer({ world })]
  const transport = makeScriptedTransport()
  const verifier = createVerifier({ issuer: old.issuer, audience: old.audience, transport, world })
  transport.keyFetches[0]!.answer(200, { keys: [old.jwk] })
  transport.follow1().answer(200, answerOf(0))
  await world.advance(5000)
  transport.follow1().answer(200, answerOf(0))
  await world.advance(0)
  const strangers = Array.from({ length: 50 }, () => verifier.verify({ authorization: makeTestIssuer({ world }).bearer() }))
  const good = verifier.verify({ authorization: fresh.bearer() })
  await world.advance(0)
  assert.equal(transport.keyFetches.length, 2)
  transport.keyFetches[1]!.answer(200, { keys: [old.jwk, fresh.jwk] })
  await world.advance(300)
  transport.follow1().answer(200, answerOf(0))
  await world.advance(0)
  assert.notEqual((await good).outcome, 'refused')
  for (const each of strangers) assert.partialDeepStrictEqual(await each, { outcome: 'refused', reason: 'kid_unknown' })
  assert.partialDeepStrictEqual(verifier.verifySync({ authorization: makeTestIssuer({ world }).bearer() }), { reason: 'kid_unknown' })
  assert.equal(transport.keyFetches.length, 2)
})

test('without any keys nothing can be said: 503, not 401', async () => {
  const world = makeTestClock()
  const issuer = makeTestIssuer({ world })
  const transport = makeScriptedTransport()
  const verifier = createVerifier({ issuer: issuer.issuer, audience: issuer.audience, transport, world })
  const verdict = verifier.verify({ authorization: issuer.bearer() })
  transport.keyFetches[0]!.answer(500)
  assert.partialDeepStrictEqual(await verdict, { outcome: 'unavailable', reason: 'no_keys', status: 503 })
})
