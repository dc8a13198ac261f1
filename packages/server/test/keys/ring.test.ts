import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { importJwk } from '@curfew/verifier/jws'
import { CurfewError } from '../../src/errors.ts'
import { macRefreshTokens } from '../../src/keys/refresh-token-mac.ts'
import { openRing } from '../../src/keys/ring.ts'
import { importSigningKey } from '../../src/keys/signing-key.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import type { KeyStore, SealedKey } from '../../src/store/store.ts'
import { testWorld } from '../../src/testing/fixed-clock.ts'

const masterSecret = Buffer.from('correct horse battery staple, but longer')

function open(keys = openStore()) {
  return openRing({ keys, masterSecret, world: testWorld() })
}

function openStore(): KeyStore {
  return openSqlite(':memory:', { world: testWorld(), leaseMs: 5000, log: { warn: () => undefined, error: () => undefined } }).keys
}

test('the first start makes the keys, the second finds them', async () => {
  const keys = openStore()
  const first = await open(keys)
  const second = await open(keys)
  assert.equal(second.es256.kid, first.es256.kid)
  assert.deepEqual(second.refreshMacs, first.refreshMacs)
  assert.deepEqual(second.seals, first.seals)
  assert.deepEqual((await keys.all()).map(({ use, algorithm }) => `${use} ${algorithm}`).sort(), [
    'refresh_mac HS256',
    'seal A256GCM',
    'sign ES256',
  ])
  assert.deepEqual([first.refreshMacs.length, first.refreshMacs[0]?.number, first.refreshMacs[0]?.bytes.length], [1, 1, 32])
  assert.notDeepEqual(first.refreshMacs[0]?.bytes, first.seals[0]?.bytes)
})

test('JK-1: the set has public members only, a kid each that is no other, `use`, and one algorithm a key; RSA has 2048 bits', async () => {
  const ring = await open()
  const { keys } = JSON.parse(await ring.jwks()) as { keys: Record<string, string>[] }
  assert.deepEqual(
    keys.map(({ alg }) => alg),
    ['ES256', 'RS256'],
  )
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, 2)
  for (const jwk of keys) {
    assert.equal(jwk.use, 'sig')
    assert.deepEqual(
      Object.keys(jwk).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].includes(name)),
      [],
    )
    const imported = importJwk(jwk)
    assert.ok('key' in imported && imported.key.type === 'public')
    if (jwk.kty === 'RSA') assert.equal(imported.key.asymmetricKeyDetails?.modulusLength, 2048)
  }
})

test('RFC 7638: a kid is the thumbprint of its key', () => {
  // A key of RFC 6979, appendix A.2.5, as PKCS #8; the thumbprint was computed apart, from the words of the RFC.
  const pkcs8 = Buffer.from(
    '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721',
    'hex',
  )
  const key = importSigningKey(pkcs8, 'ES256')
  assert.equal(Buffer.from(key.jwk.x!, 'base64url').toString('hex'), '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6')
  assert.equal(key.kid, 'DOvxvJiAdIqVWIkFt5hDtCunXLF0BV4-JGv4f-ALSm0')
})

test('the RS256 key is made at the first use, once for all who ask, and kept', async () => {
  const keys = openStore()
  const ring = await open(keys)
  const [one, two, text] = await Promise.all([ring.rs256(), ring.rs256(), ring.jwks()])
  assert.equal(one, two)
  assert.ok(text.includes(one.kid))
  assert.equal((await keys.all()).length, 4)
  const next = await open(keys)
  assert.equal((await next.rs256()).kid, one.kid)
  assert.equal(await next.jwks(), text)
  assert.equal(next.find(one.kid)?.alg, 'RS256')
  assert.equal(next.find('another'), undefined)
})

test('another master secret is refused in one sentence, and nothing is added', async () => {
  const keys = openStore()
  await open(keys)
  const before = await keys.all()
  await assert.rejects(openRing({ keys, masterSecret: Buffer.from('another secret of some length'), world: testWorld() }), (error) => {
    assert.ok(error instanceof CurfewError)
    assert.match(error.message, /sealed under another master secret.*CURFEW_SECRET/)
    assert.ok(!error.message.includes('another secret of some length'))
    return true
  })
  assert.deepEqual(await keys.all(), before)
})

test('JK-5: private keys and secrets are not readable at rest, and do not show in what is printed', async () => {
  const keys = openStore()
  const ring = await open(keys)
  await ring.jwks()
  const atRest = Buffer.from(
    JSON.stringify((await keys.all()).map((key) => ({ ...key, sealed: Buffer.from(key.sealed).toString('latin1') }))),
    'latin1',
  )
  const secrets = [
    ...[ring.es256, await ring.rs256()].map(({ privateKey }) => Buffer.from(privateKey.export({ format: 'jwk' }).d!, 'base64url')),
    ...[...ring.refreshMacs, ...ring.seals].map(({ bytes }) => Buffer.from(bytes)),
  ]
  const printed = inspect(ring.es256, { depth: 9 }) + JSON.stringify(ring.es256)
  for (const secret of secrets) {
    assert.equal(atRest.includes(secret.subarray(0, 16)), false)
    for (const coding of ['hex', 'base64url', 'base64'] as const) {
      assert.ok(!atRest.toString('latin1').includes(secret.toString(coding).slice(0, 20)))
      assert.ok(!printed.includes(secret.toString(coding).slice(0, 20)))
    }
  }
})

test('JK-5: a sealed key opens in no other place', async () => {
  const keys = openStore()
  const ring = await open(keys)
  const all = await keys.all()
  const mac = all.find(({ use }) => use === 'refresh_mac')!
  const seal = all.find(({ use }) => use === 'seal')!
  const swapped: SealedKey[] = all.map((key) => (key === mac ? { ...mac, sealed: seal.sealed } : key))
  await assert.rejects(open({ all: async () => swapped, add: async (key) => key }), CurfewError)
  const renamed: SealedKey[] = all.map((key) => (key.use === 'sign' ? { ...key, id: 'A'.repeat(43) } : key))
  await assert.rejects(open({ all: async () => renamed, add: async (key) => key }), CurfewError)
  assert.ok(ring)
})

test('a key that ended is used no more: neither to sign nor to open, and it is in the set no more', async () => {
  const keys = openStore()
  const before = await open(keys)
  const ended = async () => (await keys.all()).map((key) => ({ ...key, endedAt: 1 }))
  const added: SealedKey[] = []
  const after = await open({
    all: async () => [...(await ended()), ...added],
    async add(key) {
      added.push(key)
      return key
    },
  })
  assert.notEqual(after.es256.kid, before.es256.kid)
  assert.equal(after.find(before.es256.kid), undefined)
  assert.deepEqual(
    after.refreshMacs.map(({ number }) => number),
    [2],
  )
  assert.deepEqual(
    after.seals.map(({ number }) => number),
    [2],
  )
})

/** The first two who look see nothing of each other. */
function meeting(keys: KeyStore): KeyStore {
  const waiting: (() => void)[] = []
  let reads = 0
  return {
    add: (key) => keys.add(key),
    async all() {
      const found = await keys.all()
      if (++reads > 2) return found
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        if (waiting.length === 2) for (const go of waiting) go()
      })
      return found
    },
  }
}

test('of two first nodes with two secrets one is refused, and leaves nothing that the other cannot open', async () => {
  const keys = openStore()
  const slow = meeting(keys)
  const secrets = [masterSecret, Buffer.from('another secret of some length')]
  const opened = await Promise.allSettled(
    secrets.map((secret, index) => openRing({ keys: slow, masterSecret: secret, world: testWorld({ seed: index + 1 }) })),
  )
  assert.deepEqual(opened.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  const winner = secrets[opened.findIndex(({ status }) => status === 'fulfilled')]!
  await openRing({ keys, masterSecret: winner, world: testWorld() })
  assert.equal((await keys.all()).length, 3)
})

test('nodes that each made a key at the same time sign with the same one', async () => {
  const keys = openStore()
  const slow = meeting(keys)
  const first = openRing({ keys: slow, masterSecret, world: testWorld({ seed: 1 }) })
  const second = openRing({ keys: slow, masterSecret, world: testWorld({ seed: 2 }) })
  const [one, two] = await Promise.all([first, second])
  assert.equal((await keys.all()).filter(({ use }) => use === 'sign').length, 2)
  const again = await open(keys)
  assert.ok(again.find(one.es256.kid) && again.find(two.es256.kid))
  assert.deepEqual(one.refreshMacs, two.refreshMacs)
})

test('what another node adds or ends is learnt while it runs: when it is told, at a name that nobody here knows, and in the set at once', async () => {
  const keys = openStore()
  let wake = (): void => undefined
  let looks = 0
  let gone: string[] = []
  let isListening = false
  const shared: KeyStore = {
    add: (key) => keys.add(key),
    async all() {
      looks += 1
      return (await keys.all()).map((key) => (gone.includes(key.id) ? { ...key, endedAt: 1 } : key))
    },
    onChange(listener) {
      wake = listener
      isListening = true
      return () => {
        isListening = false
      }
    },
  }
  const world = testWorld()
  const ring = await openRing({ keys: shared, masterSecret, world })
  await ring.jwks()
  const macs = macRefreshTokens(ring.refreshMacs, ring.missed)
  // Another node that makes one of each sort.
  const added: SealedKey[] = []
  const elsewhere: KeyStore = {
    all: async () => [...(await keys.all()).map((key) => ({ ...key, endedAt: 1 })), ...added],
    async add(key) {
      added.push(key)
      return key
    },
  }
  const theirs = await openRing({ keys: elsewhere, masterSecret, world: testWorld({ seed: 5 }) })
  for (const key of added) await keys.add({ ...key, createdAt: key.createdAt + 1 })
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  const token = macRefreshTokens(theirs.refreshMacs).make(Buffer.alloc(16, 1).toString('base64url'), 0)
  assert.equal(await ring.learn(), false) // nothing was missed
  assert.deepEqual([ring.find(theirs.es256.kid), macs.open(token)], [undefined, undefined])
  assert.equal(await ring.learn(), true)
  assert.deepEqual([ring.find(theirs.es256.kid)?.kid, macs.open(token)?.generation], [theirs.es256.kid, 0])
  assert.notEqual(ring.es256.kid, theirs.es256.kid) // all sign with the oldest
  assert.deepEqual([ring.refreshMacs.at(-1)?.number, ring.seals.at(-1)?.number], [2, 2])
  assert.ok((await ring.jwks()).includes(theirs.es256.kid))

  // A flood of names that nobody knows costs one look a second.
  const before = looks
  for (let index = 0; index < 100; index += 1) ring.missed()
  await turn()
  assert.equal(looks, before)
  world.advance(1_000)
  for (let index = 0; index < 100; index += 1) ring.missed()
  await turn()
  assert.equal(looks, before + 1)

  gone = [ring.es256.kid]
  wake()
  await turn()
  assert.equal(ring.es256.kid, theirs.es256.kid)
  assert.ok(!(await ring.jwks()).includes(gone[0]!))
  ring.stop()
  assert.equal(isListening, false)
})
