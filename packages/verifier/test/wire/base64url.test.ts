import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBase64url, encodeBase64url, isBase64url } from '@curfew/verifier/wire'
import fc from 'fast-check'

test('base64url: what we encode is what Node encodes, and what we decode is what was encoded', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64url')
      assert.equal(encodeBase64url(bytes), text)
      assert.deepEqual(decodeBase64url(text), Uint8Array.from(bytes))
    }),
  )
})

test('JV-10: a text is base64url only if an encoder would write exactly it', () => {
  for (const text of ['', 'AA', 'AAA', 'AAAA', 'a-_9']) assert.ok(isBase64url(text), text)
  for (const text of ['A', 'AA==', 'A+', 'A/AA', 'AA AA', 'AAAA\n', 'AB', 'AAB', 'АAAA', 'AAA=', '\u{ff21}AAA', 'A\0AA']) {
    assert.equal(isBase64url(text), false, JSON.stringify(text))
    assert.throws(() => decodeBase64url(text), TypeError)
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
      assert.equal(isBase64url(text), Buffer.from(text, 'base64url').toString('base64url') === text)
    }),
  )
})
