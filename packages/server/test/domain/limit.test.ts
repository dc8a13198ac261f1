import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../src/domain/effect.ts'
import { count, giveBack, type Rate, take, waitUntil } from '../../src/domain/limit.ts'

const key = 'k'
const rate: Rate = { burst: 3, every: 10 }
const counted = [{ key, rate }]

/** What a store keeps. */
function kept() {
  const arrivals = new Map<string, number>()
  const apply = (effects: readonly Effect[]) => {
    for (const effect of effects) {
      if (effect.do === 'throttle') arrivals.set(effect.key, effect.arrival)
      if (effect.do === 'giveBack' && arrivals.has(effect.key)) arrivals.set(effect.key, arrivals.get(effect.key)! - effect.by)
    }
  }
  const attempt = (now: number, of = counted) => {
    const verdict = take(arrivals, of, { now, head: 0 })
    apply(verdict.effects)
    return verdict
  }
  return { arrivals, apply, attempt }
}

test('LG-2: a burst at once, then one each interval, and full again after as many intervals', () => {
  const { attempt } = kept()
  const t = 1_000_000
  for (let index = 0; index < 3; index += 1) assert.equal(attempt(t).outcome, 'let_in')
  const refused = attempt(t)
  assert.deepEqual(refused, { outcome: 'wait', until: t + 10_000, full: [key], effects: [] })
  assert.equal(attempt(t + 9_999).outcome, 'wait')
  assert.deepEqual(take(new Map(), [{ key, rate: { burst: 1, every: 0.0025 } }], { now: t, head: 0 }), {
    outcome: 'let_in',
    effects: [{ do: 'throttle', key, arrival: t + 3 }],
  })
  assert.equal(attempt(t + 10_000).outcome, 'let_in')
  assert.equal(attempt(t + 10_001).outcome, 'wait')
  for (let index = 0; index < 3; index += 1) assert.equal(attempt(t + 50_000).outcome, 'let_in')
  assert.equal(attempt(t + 50_000).outcome, 'wait')
})

test('LG-2: however it is tried, no window lets in more than its share, and nobody waits longer than an interval', () => {
  let seed = 3
  const chance = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return (seed >> 8) % below
  }
  for (let round = 0; round < 200; round += 1) {
    const { attempt } = kept()
    const of = [{ key, rate: { burst: 1 + chance(5), every: 1 + chance(20) } }]
    const { rate: at } = of[0]!
    let now = 1_000_000
    const came: number[] = []
    for (let index = 0; index < 60; index += 1) {
      now += chance(3) === 0 ? chance(20_000) : 0
      const verdict = attempt(now, of)
      if (verdict.outcome === 'let_in') came.push(now)
      else assert.ok(verdict.until > now && verdict.until <= now + at.every * 1000)
    }
    for (const [index, from] of came.entries()) {
      const within = came.slice(index).filter((one) => one < from + at.every * 1000 * 4).length
      assert.ok(within <= at.burst + 4, `${within} of ${at.burst}`)
    }
  }
})

test('LG-2: a clock that was set back, or a rate that was made smaller, locks nobody out for longer than the rate', () => {
  const { arrivals, attempt } = kept()
  arrivals.set(key, 9_000_000_000)
  const refused = attempt(1_000_000)
  assert.ok(refused.outcome === 'wait' && refused.until === 1_010_000)
  assert.equal(attempt(1_010_000).outcome, 'wait', 'it is remembered as it was')
  const smaller = [{ key, rate: { burst: 1, every: 1 } }]
  assert.equal(waitUntil(new Map([[key, 1_030_000]]), smaller, 1_000_000), 1_001_000)
})

test('LG-2: all or nothing: who is refused for one key takes none of another', () => {
  const { arrivals, attempt } = kept()
  const both = [...counted, { key: 'other', rate }]
  for (let index = 0; index < 3; index += 1) attempt(5_000)
  const before = new Map(arrivals)
  const refused = attempt(5_000, both)
  assert.ok(refused.outcome === 'wait')
  assert.deepEqual([refused.full, arrivals], [[key], before])
  assert.deepEqual(take(arrivals, [], { now: 5_000, head: 0 }), { outcome: 'let_in', effects: [] }, 'nothing is counted')
  const slow = { key: 'slow', rate: { burst: 1, every: 60 } }
  const full = new Map([...arrivals, ['slow', 65_000]])
  assert.deepEqual(take(full, [...both, slow], { now: 5_000, head: 0 }), {
    outcome: 'wait',
    until: 65_000,
    full: [key, 'slow'],
    effects: [],
  })
})

test('TK-4: what has failed is counted whether or not any is left, but never beyond what is full', () => {
  const { arrivals, apply } = kept()
  for (let index = 0; index < 50; index += 1) apply(count(arrivals, counted, { now: 5_000, head: 0 }))
  assert.equal(arrivals.get(key), 5_000 + 30_000)
  assert.deepEqual(count(new Map(), counted, { now: 5_000, head: 0 }), [{ do: 'throttle', key, arrival: 15_000 }])
})

test('LG-2: a good try is given back', () => {
  const { apply, attempt } = kept()
  for (let index = 0; index < 20; index += 1) {
    assert.equal(attempt(5_000).outcome, 'let_in')
    apply(giveBack(counted))
  }
  assert.deepEqual(giveBack([...counted, { key: 'other', rate: { burst: 1, every: 0.5 } }]), [
    { do: 'giveBack', key, by: 10_000 },
    { do: 'giveBack', key: 'other', by: 500 },
  ])
})

test('LG-2: when the next try is let in: the latest of all that is counted, and never after now where one is now', () => {
  const other = { key: 'other', rate: { burst: 2, every: 60 } }
  assert.equal(waitUntil(new Map(), [], 5_000), 0)
  assert.equal(waitUntil(new Map(), counted, 100_000), 80_000)
  assert.equal(waitUntil(new Map(), counted, 5_000), 0)
  const held = new Map([
    [key, 130_000],
    ['other', 200_000],
  ])
  assert.equal(waitUntil(held, counted, 100_000), 110_000)
  assert.equal(waitUntil(held, [...counted, other], 100_000), 140_000)
})
