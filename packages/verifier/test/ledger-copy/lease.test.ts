import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeLease } from '../../src/ledger-copy/lease.ts'
import { timing } from '../../src/ledger-copy/timing.ts'

test('V4: a lease runs from the sending of its own request, and up to, not including, its end', () => {
  const lease = makeLease()
  assert.equal(lease.holds(0, 0), false, 'cold')
  lease.extend({ monotonic: 1000, wall: 50_000 }, 5000)
  assert.ok(lease.holds(5999, 54_999))
  assert.equal(lease.holds(6000, 54_000), false)
  assert.equal(lease.left(4000, 53_000), 2000)
  assert.equal(lease.left(9000, 53_000), 0)
})

test('V4: the later end counts; an answer that comes late, or gives none, takes nothing back (UNMATCHED, F5)', () => {
  const lease = makeLease()
  lease.extend({ monotonic: 2000, wall: 2000 }, 5000)
  lease.extend({ monotonic: 1000, wall: 1000 }, 5000)
  lease.extend({ monotonic: 3000, wall: 3000 }, 0)
  assert.ok(lease.holds(6999, 6999))
  assert.equal(lease.holds(7000, 7000), false)
})

test('F5, V10: a part of the ledger, whose lease is 0, gives none: a verifier that had none stays cold', () => {
  const lease = makeLease()
  lease.extend({ monotonic: 1000, wall: 1000 }, 0)
  assert.deepEqual([lease.wasHeld(), lease.holds(999, 999), lease.left(0, 0)], [false, false, 0])
  lease.extend({ monotonic: 1000, wall: 1000 }, -5)
  assert.equal(lease.wasHeld(), false)
  lease.extend({ monotonic: 1000, wall: 1000 }, 1)
  assert.deepEqual([lease.wasHeld(), lease.holds(1000, 1000), lease.holds(1001, 1000)], [true, true, false])
})

test('what is left is what the clock that is further on leaves', () => {
  const lease = makeLease()
  lease.extend({ monotonic: 1000, wall: 50_000 }, 5000)
  assert.equal(lease.left(2000, 54_500), 500)
  assert.equal(lease.left(5900, 51_000), 100)
  assert.equal(lease.left(2000, 60_000), 0)
})

test('V6: either clock ends it: a machine that slept, a wall clock set forward; one set back does no harm', () => {
  const lease = makeLease()
  lease.extend({ monotonic: 1000, wall: 1000 }, 5000)
  assert.equal(lease.holds(1001, 6000), false, 'slept: the monotonic clock stood still')
  assert.ok(lease.holds(5999, 900), 'set back')
  assert.equal(lease.holds(6000, 900), false)
  // The clock was set back by an hour after an earlier answer: the next lease ends by the wall clock of its own sending, not an hour later.
  lease.extend({ monotonic: 4000, wall: 4000 }, 5000)
  lease.extend({ monotonic: 5000, wall: 5000 - 3_600_000 }, 5000)
  assert.equal(lease.holds(5001, 10_000 - 3_600_000), false)
})

test('V7, V8: given up is for good, dropped is until the next answer; wasHeld tells a cold verifier (V10)', () => {
  const lease = makeLease()
  assert.equal(lease.wasHeld(), false)
  lease.extend({ monotonic: 0, wall: 0 }, 5000)
  assert.ok(lease.wasHeld())
  lease.drop()
  assert.deepEqual([lease.holds(1, 1), lease.wasHeld()], [false, false])
  lease.extend({ monotonic: 0, wall: 0 }, 5000)
  assert.ok(lease.holds(1, 1))
  lease.giveUp()
  lease.extend({ monotonic: 1, wall: 1 }, 5000)
  assert.deepEqual([lease.holds(2, 2), lease.wasHeld(), lease.left(2, 2)], [false, false, 0])
})

test('D2: hold and patience for each lease, and the inequalities that they are for', () => {
  assert.deepEqual([timing.hold(undefined), timing.patience(undefined)], [0, 2000])
  assert.deepEqual([timing.hold(5000), timing.patience(5000)], [1500, 2000])
  assert.deepEqual([timing.hold(500), timing.patience(500)], [150, 200])
  assert.deepEqual([timing.hold(60_000), timing.patience(60_000)], [15_000, 20_000])
  for (const lease of [500, 2000, 5000, 30_000, 60_000, 600_000]) {
    const [hold, patience] = [timing.hold(lease), timing.patience(lease)]
    assert.ok(2 * (hold + lease * 0.19) < lease)
    assert.ok(hold + patience + 2 * lease * 0.14 < lease)
    if (lease <= 50_000) assert.ok(hold + lease * 0.09 < patience)
  }
})
