import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endGrant, endOthers, endSession, endToken, endUser } from '../../src/domain/ending.ts'
import { client, grant, session, t0, user } from './rows.ts'

const at = { now: t0, head: 12 }
const of = (over: object = {}) => ({ session: session(), user: user(), offline: [], issuer: { cut: 0 }, ...over })

test('S1, L1: ending a session is one effect, which is the ledger’s entry', () => {
  assert.deepEqual(endSession(of(), 'signed_out', at), {
    outcome: 'ended',
    count: 1,
    kept: [],
    effects: [{ do: 'end', what: { session: 'sid-1' }, why: 'signed_out' }],
  })
})

test('S3: what has ended already is answered by its number: by name, or by the cut that hit it; no row: by the present head', () => {
  assert.partialDeepStrictEqual(endSession(of({ session: session({ endedSeq: 4 }) }), 'signed_out', at), {
    outcome: 'already',
    seq: 4,
    effects: [],
  })
  assert.partialDeepStrictEqual(endSession(of({ user: user({ cut: 11 }) }), 'signed_out', at), { outcome: 'already', seq: 11 })
  assert.partialDeepStrictEqual(endSession(of({ issuer: { cut: 12 } }), 'signed_out', at), { outcome: 'already', seq: 12 })
  assert.deepEqual(endSession(undefined, 'signed_out', at), { outcome: 'unknown', seq: 12, effects: [] })
})

test('S3: an expired session is ended all the same: its last access token may still live', () => {
  assert.equal(endSession(of({ session: session({ idleExpiresAt: t0 - 1, expiresAt: t0 - 1 }) }), 'signed_out', at).outcome, 'ended')
})

test('RV-2, RF-6: a grant ends by its name; under an ended session or a cut it has ended already', () => {
  const rows = { grant: grant(), session: session(), user: user(), client: client(), issuer: { cut: 0 } }
  assert.deepEqual(endGrant(rows, 'revoked', at).effects, [{ do: 'end', what: { grant: 'gid-1' }, why: 'revoked' }])
  assert.partialDeepStrictEqual(endGrant({ ...rows, session: session({ endedSeq: 5 }) }, 'revoked', at), { outcome: 'already', seq: 5 })
  assert.equal(endGrant({ ...rows, grant: grant({ offline: true }), session: session({ endedSeq: 5 }) }, 'revoked', at).outcome, 'ended')
  assert.partialDeepStrictEqual(endGrant({ ...rows, client: client({ cut: 11 }) }, 'revoked', at), { outcome: 'already', seq: 11 })
})

test('RV-2: one token ends by its jti, twice by the first number', () => {
  const what = { token: 'jti-1', expiresAt: t0 + 1 }
  assert.deepEqual(endToken({ endedSeq: undefined }, what, 'revoked').effects, [{ do: 'end', what, why: 'revoked' }])
  assert.partialDeepStrictEqual(endToken({ endedSeq: 9 }, what, 'revoked'), { outcome: 'already', seq: 9 })
})

test('RV-6, SS-3: everywhere is one cut, whatever the number of devices; offline ones are counted and hit', () => {
  const sessions = Array.from({ length: 1000 }, (_, index) => session({ sid: `sid-${index}` }))
  const verdict = endUser({ user: user(), sessions, offline: [grant({ offline: true })] }, 'signed_out', at)
  assert.partialDeepStrictEqual(verdict, { outcome: 'ended', count: 1001 })
  assert.deepEqual(verdict.effects, [{ do: 'cut', what: { user: 'sub-1', usr: 'usr-1' }, why: 'signed_out' }])
})

test('SS-3: "all others" is one entry each, never a cut, and leaves the device that asks, be it an offline one', () => {
  const rows = { user: user(), sessions: [session({ sid: 'a' }), session({ sid: 'b' })], offline: [grant({ gid: 'o', offline: true })] }
  const named = (except: string) =>
    endOthers(rows, except, 'signed_out', at).effects.map((effect) => ('what' in effect ? effect.what : undefined))
  assert.deepEqual(named('a'), [{ session: 'b' }, { grant: 'o' }])
  assert.deepEqual(named('o'), [{ session: 'a' }, { session: 'b' }])
  assert.partialDeepStrictEqual(endOthers({ ...rows, sessions: [session({ sid: 'a' })], offline: [] }, 'a', 'signed_out', at), {
    outcome: 'already',
    seq: 12,
  })
})

test('S4: what lives on is told: offline grants, after one session; none after "everywhere"', () => {
  const offline = [grant({ gid: 'o', offline: true })]
  assert.partialDeepStrictEqual(endSession(of({ offline }), 'signed_out', at), { kept: offline })
  assert.partialDeepStrictEqual(endUser({ user: user(), sessions: [], offline }, 'signed_out', at), { kept: [] })
})
