import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeTestClock } from '@curfew/verifier/testing'
import { type CheckedToken, decide, LEEWAY } from '../src/decide.ts'
import { makeCopy } from '../src/ledger-copy/copy.ts'
import { makeLease } from '../src/ledger-copy/lease.ts'
import type { AccessTokenClaims } from '../src/wire/index.ts'

const start = 1_764_000_000

function scene(claims: Partial<AccessTokenClaims> = {}) {
  const world = makeTestClock(start * 1000)
  const copy = makeCopy()
  const lease = makeLease()
  lease.extend({ monotonic: world.monotonic(), wall: world.wall() }, 600_000)
  const all = { sid: 's', gid: 'g', jti: 'j', client_id: 'c', pos: 5, seq: 5, exp: start + 300, ...claims } as AccessTokenClaims
  const token: CheckedToken = { claims: all, kid: 'k', leeway: LEEWAY, heldBy: undefined, heldAt: 0 }
  return { world, copy, lease, token, now: () => decide(token, copy, lease, world) }
}

test('V1: a good token under a lease is accepted; without one it is not, however good (JV-22)', () => {
  const { now, lease } = scene()
  assert.equal(now(), 'accepted')
  lease.drop()
  assert.equal(now(), 'no_lease')
})

test('JV-15: exp and nbf with 5 seconds of leeway, exact to the millisecond; exp five seconds ago is over', () => {
  const { now, world } = scene({ exp: start - 5 })
  assert.equal(now(), 'expired')
  world.setWallBy(-1)
  assert.equal(now(), 'accepted')
  const young = scene({ nbf: start + 6 })
  assert.equal(young.now(), 'not_yet_valid')
  young.world.setWallBy(999)
  assert.equal(young.now(), 'not_yet_valid')
  young.world.setWallBy(1)
  assert.equal(young.now(), 'accepted')
})

test('E3: a token that expires at the horizon or before is dead, however slow this clock is (NOHORIZON)', () => {
  const { now, copy, world } = scene()
  world.setWallBy(-3_600_000)
  copy.advance(1, start + 299)
  assert.equal(now(), 'accepted')
  copy.advance(1, start + 300)
  assert.equal(now(), 'before_horizon')
})

test('V1: a token that was held against the copy is held again once an entry came in, and only then', () => {
  const { now, copy, token } = scene()
  let looks = 0
  const counting = {
    get seq() {
      return copy.seq
    },
    get horizon() {
      return copy.horizon
    },
    get revision() {
      return copy.revision
    },
    take: copy.take,
    advance: copy.advance,
    size: copy.size,
    covers(...args: Parameters<typeof copy.covers>) {
      looks++
      return copy.covers(...args)
    },
  }
  const { world, lease } = scene()
  const look = () => decide(token, counting, lease, world)
  assert.deepEqual([look(), look(), look(), looks], ['accepted', 'accepted', 'accepted', 1])
  copy.take([{ seq: 6, until: start + 900, ended: { sid: 'another' } }])
  assert.deepEqual([look(), looks], ['accepted', 2])
  copy.take([{ seq: 7, until: start + 900, ended: { sid: 's' } }])
  assert.deepEqual([look(), look(), looks], ['session_ended', 'session_ended', 4], 'before the number moved (V3: entries first)')
  assert.equal(now(), 'session_ended')
})

test('V8: another copy knows nothing of what was held against the one before, whatever its number', () => {
  const { token, world, lease } = scene()
  const before = makeCopy()
  before.take([{ seq: 1, until: start + 900, ended: { sid: 'x' } }])
  assert.equal(decide(token, before, lease, world), 'accepted')
  const after = makeCopy()
  after.take([{ seq: 1, until: start + 900, ended: { sid: 's' } }])
  assert.equal(after.revision, before.revision)
  assert.equal(decide(token, after, lease, world), 'session_ended')
})

test('V1, JV-24: a pause at any line between the look at the copy and the verdict ends the lease (CLOCKFIRST)', () => {
  const { token, copy, lease, world } = scene()
  const slow = new Proxy(copy, {
    get(target, name) {
      if (name === 'covers') {
        return (...args: Parameters<typeof copy.covers>) => {
          const covered = target.covers(...args)
          world.suspend(600_000) // stopped here for ten minutes; the sign-out waited for the lease, and was confirmed
          return covered
        }
      }
      return Reflect.get(target, name, target)
    },
  })
  token.heldBy = undefined
  assert.notEqual(decide(token, slow, lease, world), 'accepted')
})
