import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits } from '../../src/domain/limits.ts'

test('LG-2, RL-1: each limit lets some in at once, and one more before a quarter of an hour is over', () => {
  for (const [name, { burst, every }] of Object.entries(defaultLimits)) {
    assert.ok(Number.isSafeInteger(burst) && burst >= 1, name)
    assert.ok(every * 1000 >= 1 && every <= 900, name)
  }
})

test('LG-2: SP 800-63B: from everywhere, a hundred tries at one account and about a hundred more a day', () => {
  const { burst, every } = defaultLimits.accountEverywhere
  assert.ok(burst <= 100 && 86_400 / every <= 100)
})

test('LG-2: wider nets let more in: everybody more than a region, a region more than a network', () => {
  for (const one of ['signIns', 'signUps', 'mails'] as const) {
    const [network, region, all] = [defaultLimits[`${one}FromNetwork`], defaultLimits[`${one}FromRegion`], defaultLimits[one]]
    assert.ok(network.burst < region.burst && region.burst < all.burst, one)
    assert.ok(network.every > region.every && region.every > all.every, one)
  }
})
