import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  cutting,
  endGrant,
  ending,
  endOthers,
  endSession,
  endToken,
  endUser,
  grantEndedBy,
  meeting,
  sessionEndedBy,
  staling,
} from '../../src/domain/ending.ts'
import { client, grant, session, t0, user } from './rows.ts'

const at = { now: t0, head: 12 }
const of = (over: object = {}) => ({ session: session(), user: user(), offline: [], issuer: { cut: 0 }, ...over })
const offline = [grant({ gid: 'o', offline: true })]

test('L1, P4, P6: what is left in the ledger, and why', () => {
  const what = { user: 'sub-1', usr: 'usr-1' }
  assert.deepEqual(ending({ key: 'kid-1' }, 'admin'), { do: 'end', what: { key: 'kid-1' }, why: 'admin' })
  assert.deepEqual(cutting('everything', 'restored'), { do: 'cut', what: 'everything', why: 'restored' })
  assert.deepEqual(staling(what), { do: 'stale', what })
})

test('S1, L1: ending a session is one effect, which is the ledger’s entry', () => {
  assert.deepEqual(endSession(of(), 'signed_out', at), {
    outcome: 'ended',
    count: 1,
    kept: [],
    effects: [{ do: 'end', what: { session: 'sid-1' }, why: 'signed_out' }],
  })
})

test('S3: what has ended already is answered by its number: by name, or by the cut that hit it; no row: by the present head', () => {
  const already = (seq: number, kept = offline) => ({ outcome: 'already', seq, kept, effects: [] })
  assert.deepEqual(endSession(of({ session: session({ endedSeq: 4 }), offline }), 'signed_out', at), already(4))
  assert.deepEqual(endSession(of({ user: user({ cut: 11 }), offline }), 'signed_out', at), already(11))
  assert.deepEqual(endSession(of({ issuer: { cut: 12 } }), 'signed_out', at), already(12, []))
  assert.deepEqual(endSession(undefined, 'signed_out', at), { outcome: 'unknown', seq: 12, effects: [] })
})

test('S3: an expired session is ended all the same: its last access token may still live', () => {
  assert.equal(endSession(of({ session: session({ idleExpiresAt: t0 - 1, expiresAt: t0 - 1 }) }), 'signed_out', at).outcome, 'ended')
})

test('P2, RV-6: which number ended it: its own, its session’s, else the highest cut above where it was born', () => {
  const none = { user: 0, client: 0, issuer: 0 }
  assert.equal(sessionEndedBy(session(), none), undefined)
  assert.equal(sessionEndedBy(session(), { user: 10, issuer: 10 }), undefined)
  assert.equal(sessionEndedBy(session(), { user: 11, issuer: 13 }), 13)
  assert.equal(sessionEndedBy(session(), { user: 13, issuer: 11 }), 13)
  assert.equal(sessionEndedBy(session({ endedSeq: 12 }), { user: 13, issuer: 11 }), 12)

  assert.equal(grantEndedBy(grant(), session(), none), undefined)
  assert.equal(grantEndedBy(grant(), undefined, none), undefined, 'a session that was forgotten is no end')
  assert.equal(grantEndedBy(grant(), session(), { user: 10, client: 10, issuer: 10 }), undefined)
  for (const cuts of [
    { user: 13, client: 11, issuer: 1 },
    { user: 11, client: 13, issuer: 1 },
    { user: 1, client: 11, issuer: 13 },
  ]) {
    assert.equal(grantEndedBy(grant(), session(), cuts), 13)
    assert.equal(grantEndedBy(grant({ offline: true }), session({ endedSeq: 12 }), cuts), 13)
    assert.equal(grantEndedBy(grant(), session({ endedSeq: 12 }), cuts), 12)
    assert.equal(grantEndedBy(grant({ endedSeq: 9 }), session({ endedSeq: 12 }), cuts), 9)
  }
})

test('RV-2, RF-6: a grant ends by its name; under an ended session or a cut it has ended already', () => {
  const rows = { grant: grant(), session: session(), user: user(), client: client(), issuer: { cut: 0 } }
  const ended = { outcome: 'ended', count: 1, kept: [], effects: [{ do: 'end', what: { grant: 'gid-1' }, why: 'revoked' }] }
  const already = (seq: number) => ({ outcome: 'already', seq, kept: [], effects: [] })
  assert.deepEqual(endGrant(rows, 'revoked', at), ended)
  assert.deepEqual(endGrant({ ...rows, grant: grant({ offline: true }), session: session({ endedSeq: 5 }) }, 'revoked', at), ended)
  assert.deepEqual(endGrant({ ...rows, session: session({ endedSeq: 5 }) }, 'revoked', at), already(5))
  for (const cut of [{ user: user({ cut: 11 }) }, { client: client({ cut: 11 }) }, { issuer: { cut: 11 } }])
    assert.deepEqual(endGrant({ ...rows, ...cut }, 'revoked', at), already(11))
  assert.deepEqual(endGrant(undefined, 'revoked', at), { outcome: 'unknown', seq: 12, effects: [] })
})

test('RV-2: one token ends by its jti, twice by the first number', () => {
  const what = { token: 'jti-1', expiresAt: t0 + 1 }
  assert.deepEqual(endToken({ endedSeq: undefined }, what, 'revoked'), {
    outcome: 'ended',
    count: 1,
    kept: [],
    effects: [{ do: 'end', what, why: 'revoked' }],
  })
  assert.deepEqual(endToken({ endedSeq: 9 }, what, 'revoked'), { outcome: 'already', seq: 9, kept: [], effects: [] })
})

test('RV-6, SS-3: everywhere is one cut, whatever the number of devices; offline ones are counted and hit', () => {
  const sessions = Array.from({ length: 1000 }, (_, index) => session({ sid: `sid-${index}` }))
  assert.deepEqual(endUser({ user: user(), sessions, offline }, 'signed_out', at), {
    outcome: 'ended',
    count: 1001,
    kept: [],
    effects: [{ do: 'cut', what: { user: 'sub-1', usr: 'usr-1' }, why: 'signed_out' }],
  })
  assert.deepEqual(endUser({ user: undefined, sessions, offline }, 'signed_out', at), { outcome: 'unknown', seq: 12, effects: [] })
})

test('P2: whom the application knows and we do not yet gets a row by being ended: their first sign-in may be under way', () => {
  const [nobody, unmet] = [
    { user: undefined, sessions: [], offline: [] },
    { sub: 'sub-9', usr: 'usr-9' },
  ]
  const row = { do: 'addUser', user: { ...unmet, disabled: false, createdAt: t0 } }
  assert.deepEqual(meeting(unmet, at), row)
  assert.deepEqual(endUser(nobody, 'admin', at, unmet), {
    outcome: 'ended',
    count: 0,
    kept: [],
    effects: [row, { do: 'cut', what: { user: 'sub-9', usr: 'usr-9' }, why: 'admin' }],
  })
  assert.deepEqual(endUser({ ...nobody, user: user() }, 'admin', at, unmet).effects, [
    { do: 'cut', what: { user: 'sub-1', usr: 'usr-1' }, why: 'admin' },
  ])
})

test('SS-3: "all others" is one entry each, never a cut, and leaves the device that asks, be it an offline one', () => {
  const rows = { user: user(), sessions: [session({ sid: 'a' }), session({ sid: 'b' })], offline }
  const ended = (...what: object[]) => ({
    outcome: 'ended',
    count: what.length,
    kept: [],
    effects: what.map((one) => ({ do: 'end', what: one, why: 'signed_out' })),
  })
  assert.deepEqual(endOthers(rows, 'a', 'signed_out', at), ended({ session: 'b' }, { grant: 'o' }))
  assert.deepEqual(endOthers(rows, 'o', 'signed_out', at), ended({ session: 'a' }, { session: 'b' }))
  assert.deepEqual(endOthers({ ...rows, sessions: [session({ sid: 'a' })], offline: [] }, 'a', 'signed_out', at), {
    outcome: 'already',
    seq: 12,
    kept: [],
    effects: [],
  })
})

test('S4: what lives on is told: offline grants, after one session; none after "everywhere"', () => {
  assert.partialDeepStrictEqual(endSession(of({ offline }), 'signed_out', at), { kept: offline })
  assert.partialDeepStrictEqual(endUser({ user: user(), sessions: [], offline }, 'signed_out', at), { kept: [] })
})
