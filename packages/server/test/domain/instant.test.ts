import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { later, secondsDown, secondsUp } from '../../src/domain/instant.ts'

test('contract §1: a promise begins rounded down, what is remembered ends rounded up', () => {
  assert.equal(later(1_800_000_000_001, 300), 1_800_000_300_001)
  assert.equal(later(0, 0.25), 250)
  assert.deepEqual([secondsDown(1999), secondsUp(1001)], [1, 2])
  fc.assert(
    fc.property(fc.nat({ max: 4_000_000_000_000 }), fc.nat({ max: 1_000_000 }), (at, seconds) => {
      const [down, up] = [secondsDown(at), secondsUp(at)]
      assert.ok(down * 1000 <= at && at <= up * 1000 && up - down <= 1)
      assert.equal(up === down, at % 1000 === 0)
      assert.equal(secondsDown(later(at, seconds)), down + seconds)
    }),
    { numRuns: 200, seed: 1 },
  )
})
