import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Position } from '../../src/domain/position.ts'
import { isLive, openSession, type SignIn, touched } from '../../src/domain/session.ts'
import { client, session, t0, user } from './rows.ts'

type Held = Parameters<typeof openSession>[0]

const held = (over: Partial<Held> = {}): Held => ({ user: user(), sessions: [], client: client(), issuer: { cut: 0 }, ...over })
const given = (over: Partial<SignIn> = {}): SignIn => ({
  position: 10 as Position,
  sid: 'sid-2',
  gid: 'gid-2',
  usr: 'usr-2',
  sub: 'sub-1',
  amr: ['pwd'],
  audience: 'https://api.example',
  lifetimes: { idle: 3600, absolute: 86_400 },
  ...over,
})
const at = { now: t0, head: 12 }

test('P1: a session and its grant are born at the position that was read before the password was checked', () => {
  const verdict = openSession(held(), given(), at)
  assert.deepEqual(
    verdict.effects.map((effect) => ('position' in effect ? [effect.do, effect.position] : effect.do)),
    [
      ['openSession', 10],
      ['openGrant', 10],
    ],
  )
})

test('P2, NOCHECKBIRTH: a cut that came between the position and now refuses the birth', () => {
  for (const over of [{ user: user({ cut: 11 }) }, { client: client({ cut: 11 }) }, { issuer: { cut: 11 } }]) {
    assert.deepEqual(openSession(held(over), given(), at), { outcome: 'cut', effects: [] })
  }
  assert.equal(openSession(held({ user: user({ cut: 10 }) }), given(), at).outcome, 'signed_in', 'a cut from before is not meant for it')
})

test('P4: the password that was checked must still be the user’s under the lock', () => {
  assert.equal(openSession(held(), given({ checkedPassword: '$argon2id$1' }), at).outcome, 'signed_in')
  assert.deepEqual(openSession(held(), given({ checkedPassword: '$argon2id$old' }), at), { outcome: 'changed', effects: [] })
})

test('SS-4, LG-1: nobody is born for a user who is unknown, disabled or deleted, or a client that is not there', () => {
  const refused: [string, Partial<Held>][] = [
    ['unknown', { user: undefined }],
    ['unknown', { user: user({ deleted: true }) }],
    ['disabled', { user: user({ disabled: true }) }],
    ['client_unknown', { client: undefined }],
    ['client_unknown', { client: client({ disabled: true }) }],
  ]
  for (const [outcome, over] of refused) assert.deepEqual(openSession(held(over), given(), at), { outcome, effects: [] })
})

test('SS-6: the device limit ends the sessions used longest ago, of the same client, in the same transaction', () => {
  const live = [
    session({ sid: 'old', lastUsedAt: t0 - 3000 }),
    session({ sid: 'older', lastUsedAt: t0 - 5000 }),
    session({ sid: 'new', lastUsedAt: t0 - 1000 }),
    session({ sid: 'elsewhere', lastUsedAt: t0 - 9000, clientId: 'other' }),
  ]
  const verdict = openSession(held({ sessions: live, client: client({ maxSessions: 2 }) }), given(), at)
  const ended = verdict.effects.flatMap((effect) => (effect.do === 'end' && 'session' in effect.what ? [effect.what.session] : []))
  assert.deepEqual(ended, ['older', 'old'])
  assert.deepEqual(
    openSession(held({ sessions: live }), given(), at).effects.filter(({ do: verb }) => verb === 'end'),
    [],
    'no limit, no end',
  )
})

test('P4: after a change of password the session is born at the cut of the same transaction', () => {
  const changed = { do: 'changeUser', sub: 'sub-1', to: { password: '$argon2id$2' } } as const
  const verdict = openSession(held({ sessions: [session()], client: client({ maxSessions: 1 }) }), given({ after: [changed] }), at)
  assert.deepEqual(
    verdict.effects.map((effect) => ('position' in effect ? [effect.do, effect.position] : effect.do)),
    ['changeUser', ['openSession', 'thisCut'], ['openGrant', 'thisCut']],
  )
})

test('the application’s own user gets a row of ours at the first sign-in, and keeps its usr afterwards', () => {
  const asked = { from: { now: t0 - 5000, head: 9 }, user: { sub: 'sub-1', disabled: false } }
  const first = openSession(held({ user: undefined }), given({ asked }), at)
  assert.partialDeepStrictEqual(first.effects[0], { do: 'addUser', user: { sub: 'sub-1', usr: 'usr-2' } })
  assert.ok('session' in first && first.session.usr === 'usr-2')
  const second = openSession(held(), given({ asked }), at)
  assert.ok('session' in second && second.session.usr === 'usr-1' && second.effects[0]?.do === 'openSession')
  assert.ok('from' in second && second.from.head === 9, 'P5: head and clock from before the rights were asked for')
  assert.equal(openSession(held(), given({ asked: { ...asked, user: undefined } }), at).outcome, 'unknown')
})

test('SS-2, RF-4: idle and absolute expiry, to the millisecond; sliding never passes the absolute end', () => {
  const cuts = { user: 0, issuer: 0 }
  assert.ok(isLive(session({ idleExpiresAt: t0 + 1 }), cuts, t0))
  assert.ok(!isLive(session({ idleExpiresAt: t0 }), cuts, t0))
  assert.ok(!isLive(session({ expiresAt: t0 }), cuts, t0))
  assert.ok(!isLive(session({ endedSeq: 1 }), cuts, t0))
  assert.ok(!isLive(session({ pos: 10 }), { user: 11, issuer: 0 }, t0))
  assert.ok(!isLive(session({ pos: 10 }), { user: 0, issuer: 11 }, t0))
  const [effect] = touched(session({ lastUsedAt: t0, idleExpiresAt: t0 + 3_600_000, expiresAt: t0 + 3_700_000 }), t0 + 3_000_000)
  assert.partialDeepStrictEqual(effect, { do: 'touchSession', idleExpiresAt: t0 + 3_700_000 })
})
