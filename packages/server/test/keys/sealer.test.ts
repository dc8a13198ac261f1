import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSealer } from '../../src/keys/sealer.ts'
import { deriveKey, openBytes, sealBytes } from '../../src/keys/sealing.ts'
import { testWorld } from '../../src/testing/fixed-clock.ts'

const key = { number: 1, bytes: new Uint8Array(32).fill(7) }
const nonce = (fill: number) => ({ random: (bytes: number) => new Uint8Array(bytes).fill(fill) })
const value = { clientId: 'app', pos: 41, nested: { list: [1, 'é'] } }

test('the format of a sealed value, by a fixed vector', () => {
  const sealed = openSealer([key], nonce(9)).seal('interaction', { a: 1 }, 1000)
  assert.equal(sealed, 'AQEJCQkJCQkJCQkJCQlcp_H6ypmtQ5pT-wjWxoGptdwWlhbUjOIOjHyXqAnsCcs-L6y1P4-0-qeSsvz_')
})

test('RFC 5869, NIST SP 800-38D: published vectors', () => {
  // RFC 5869, test case 3, its first 32 bytes: no salt, no info.
  const okm = '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d'
  assert.equal(Buffer.from(deriveKey(new Uint8Array(22).fill(0x0b), '')).toString('hex'), okm)
  // McGrew and Viega, test case 14: a key, a nonce and a plaintext of zeros, without more data.
  const sealed = sealBytes(new Uint8Array(32), new Uint8Array(12), '', new Uint8Array(16))
  assert.equal(Buffer.from(sealed.subarray(12)).toString('hex'), 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919')
  assert.deepEqual(new Uint8Array(openBytes(new Uint8Array(32), '', sealed)!), new Uint8Array(16))
})

test('a sealed value comes back unchanged, until its end and for its label only', () => {
  const sealer = openSealer([key], testWorld())
  const sealed = sealer.seal('interaction', value, 1000)
  assert.deepEqual(sealer.open('interaction', sealed, 999), value)
  assert.equal(sealer.open('interaction', sealed, 1000), undefined)
  assert.equal(sealer.open('csrf', sealed, 0), undefined)
  assert.equal(sealer.open('', sealed, 0), undefined)
  assert.ok(!Buffer.from(sealed, 'base64url').toString('latin1').includes('app'))
})

test('the same value is never sealed alike', () => {
  const sealer = openSealer([key], testWorld())
  assert.notEqual(sealer.seal('a', value, 1000), sealer.seal('a', value, 1000))
})

test('every change of a byte is refused, and so is everything that is no sealed value', () => {
  const sealer = openSealer([key], testWorld())
  const sealed = Buffer.from(sealer.seal('a', value, 1000), 'base64url')
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at]! ^= 1
    assert.equal(sealer.open('a', changed.toString('base64url'), 0), undefined, `byte ${at}`)
  }
  const text = sealed.toString('base64url')
  for (const wrong of ['', 'A', 'AQ', 'AQE', text.slice(0, -4), `${text}AAAA`, `${text}=`, 'A'.repeat(100_000)]) {
    assert.equal(sealer.open('a', wrong, 0), undefined)
  }
})

test('what is too long is not sealed', () => {
  const sealer = openSealer([key], testWorld())
  assert.throws(() => sealer.seal('a', { long: 'x'.repeat(8000) }, 1000), RangeError)
  assert.ok(sealer.seal('a', { long: 'x'.repeat(6000) }, 1000).length <= 8192)
})

test('keys go on opening what they sealed when there is a newer one', () => {
  const newer = { number: 2, bytes: new Uint8Array(32).fill(8) }
  const old = openSealer([key], testWorld()).seal('a', value, 1000)
  const both = openSealer([key, newer], testWorld({ seed: 2 }))
  assert.deepEqual(both.open('a', old, 0), value)
  assert.equal(openSealer([key], testWorld()).open('a', both.seal('a', value, 1000), 0), undefined)
})
