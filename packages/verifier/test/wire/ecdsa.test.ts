import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { derToP1363, p1363ToDer } from '@curfew/verifier/wire'
import fc from 'fast-check'

test('ECDSA: our conversion and Node’s own form of signatures are the same, on each curve', () => {
  for (const [namedCurve, size] of [
    ['P-256', 32],
    ['P-384', 48],
    ['P-521', 66],
  ] as const) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    for (let round = 0; round < 50; round++) {
      const data = Buffer.from(`message ${round}`)
      const raw = derToP1363(sign('sha256', data, privateKey), size)!
      assert.ok(verify('sha256', data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw))
      const theirs = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      assert.ok(verify('sha256', data, publicKey, p1363ToDer(theirs)!))
      assert.deepEqual(derToP1363(p1363ToDer(theirs)!, size), Uint8Array.from(theirs))
    }
  }
})

test('JV-8: a half that is zero, an odd length, and DER that is not strict convert to nothing', () => {
  const raw = new Uint8Array(64).fill(7)
  assert.equal(p1363ToDer(new Uint8Array(64)), undefined)
  assert.equal(p1363ToDer(Uint8Array.from(raw).fill(0, 0, 32)), undefined)
  assert.equal(p1363ToDer(Uint8Array.from(raw).fill(0, 32)), undefined)
  for (const length of [0, 1, 63, 134]) assert.equal(p1363ToDer(new Uint8Array(length).fill(1)), undefined)

  const der = p1363ToDer(raw)!
  assert.deepEqual(derToP1363(der, 32), raw)
  const broken = [
    der.subarray(1),
    der.subarray(0, -1),
    Uint8Array.from([...der, 0]),
    Uint8Array.from(der).fill(0x31, 0, 1),
    Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 1), // zero
    Uint8Array.of(0x30, 6, 2, 1, 0x80, 2, 1, 1), // negative
    Uint8Array.of(0x30, 7, 2, 2, 0, 1, 2, 1, 1), // longer than it need be
    Uint8Array.of(0x30, 0x81, 6, 2, 1, 1, 2, 1, 1), // a long form that is not needed
    Uint8Array.of(0x30, 3, 2, 1, 1),
    Uint8Array.of(),
  ]
  for (const each of broken) assert.equal(derToP1363(each, 32), undefined, Buffer.from(each).toString('hex'))
  assert.equal(derToP1363(der, 31), undefined, 'a half that does not fit')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      const read = derToP1363(noise, 32)
      if (read !== undefined) assert.deepEqual(p1363ToDer(read), noise)
    }),
  )
})
