import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isCut, isStale } from '../../src/domain/position.ts'

test('P2, P6: hit by any cut above where it was born, whoever’s it is; not by one at that very number', () => {
  for (const hits of [isCut, isStale]) {
    for (const whose of ['user', 'client', 'issuer'] as const) {
      assert.equal(hits(10, { [whose]: 11 }), true, whose)
      assert.equal(hits(10, { [whose]: 10 }), false, whose)
      assert.equal(hits(10, { user: 1, client: 1, issuer: 1, [whose]: 11 }), true, whose)
    }
    assert.equal(hits(0, {}), false)
  }
})

test('RV-6: the highest cut counts; a later birth is never hit by what an earlier one survived', () => {
  const small = fc.nat({ max: 9 })
  fc.assert(
    fc.property(small, small, fc.record({ user: small, client: small, issuer: small }), (pos, further, cuts) => {
      assert.equal(isCut(pos, cuts), pos < Math.max(cuts.user, cuts.client, cuts.issuer))
      if (!isCut(pos, cuts)) assert.ok(!isCut(pos + further, cuts))
    }),
    { numRuns: 300, seed: 1 },
  )
})
