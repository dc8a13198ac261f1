import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Position } from '../../src/domain/position.ts'
import { firstPartyGrant, isLive, isSpent, openSession, type SignIn, touched, upgraded } from '../../src/domain/session.ts'
import { client, grant, session, t0, user } from './rows.ts'

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
  const born = { sub: 'sub-1', usr: 'usr-1', clientId: 'app', authTime: t0, amr: ['pwd'], createdAt: t0, lastUsedAt: t0 }
  const ends = { idleExpiresAt: t0 + 3_600_000, expiresAt: t0 + 86_400_000 }
  const opened = { ...born, sid: 'sid-2', ...ends }
  const given2 = { gid: 'gid-2', sid: 'sid-2', offline: false, scope: 'openid orders:read orders:write', audience: 'https://api.example' }
  const first = { ...born, ...given2, generation: 0, rotatedAt: t0, ...ends }
  assert.deepEqual(openSession(held(), given(), at), {
    outcome: 'signed_in',
    session: opened,
    grant: first,
    client: client(),
    user: user(),
    from: at,
    effects: [
      { do: 'openSession', session: opened, position: 10 },
      { do: 'openGrant', grant: first, position: 10 },
    ],
  })
})

test('SS-3, S2: what is known of the device is kept; in a browser the hash of its cookie; nothing that is not', () => {
  const device = { cookie: 'hash', device: 'Firefox', address: '203.0.113.7' }
  const verdict = openSession(held(), given({ ...device, gid: undefined }), at)
  assert.ok('session' in verdict)
  assert.partialDeepStrictEqual(verdict.session, device)
  assert.equal(verdict.grant, undefined)
  assert.deepEqual(
    verdict.effects.map((effect) => effect.do),
    ['openSession'],
  )
  const withGrant = openSession(held(), given(device), at)
  assert.equal('grant' in withGrant && withGrant.grant?.address, '203.0.113.7')
})

test('SS-2: neither a session nor its first grant is idle for longer than it may live at all', () => {
  const verdict = openSession(held(), given({ lifetimes: { idle: 100, absolute: 60 } }), at)
  assert.ok('session' in verdict)
  assert.deepEqual([verdict.session.idleExpiresAt, verdict.session.expiresAt], [t0 + 60_000, t0 + 60_000])
  const short = client({ idleLifetime: 100, absoluteLifetime: 60, scopes: ['openid', 'offline_access', 'a'] })
  const first = firstPartyGrant(session({ authTime: t0 - 1 }), short, { gid: 'g', audience: 'https://api.example' }, t0)
  assert.deepEqual([first.idleExpiresAt, first.expiresAt, first.authTime], [t0 + 60_000, t0 + 60_000, t0 - 1])
  assert.equal(first.scope, 'openid a', 'P3: it dies with its session')
})

test('P2, NOCHECKBIRTH: a cut that came between the position and now refuses the birth', () => {
  for (const over of [{ user: user({ cut: 11 }) }, { client: client({ cut: 11 }) }, { issuer: { cut: 11 } }]) {
    assert.deepEqual(openSession(held(over), given(), at), { outcome: 'cut', effects: [] })
  }
  assert.equal(openSession(held({ user: user({ cut: 10 }) }), given(), at).outcome, 'signed_in', 'a cut from before is not meant for it')
})

test('P4: the password that was checked must still be the user’s under the lock', () => {
  assert.equal(openSession(held(), given({ checkedPassword: '$argon2id$1' }), at).outcome, 'signed_in')
  for (const [over, more] of [
    [{}, {}],
    [{ user: undefined }, { asked: { from: at, user: { sub: 'sub-1', disabled: false } } }],
  ] as const)
    assert.deepEqual(openSession(held(over), given({ ...more, checkedPassword: '$argon2id$old' }), at), { outcome: 'changed', effects: [] })
})

test('S22: a better hash of the same password is kept, only beside the check of the one before', () => {
  const upgrade = '$argon2id$new'
  const changed = [{ do: 'changeUser', sub: 'sub-1', to: { password: upgrade } }]
  assert.deepEqual(upgraded({ sub: 'sub-1', checkedPassword: '$argon2id$1', upgrade }), changed)
  assert.deepEqual(upgraded({ sub: 'sub-1', upgrade }), [])
  assert.deepEqual(upgraded({ sub: 'sub-1', checkedPassword: '$argon2id$1' }), [])
  const verdict = openSession(held(), given({ checkedPassword: '$argon2id$1', upgrade }), at)
  assert.deepEqual(verdict.effects.slice(0, 1), changed)
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
  const asked = (disabled: boolean) => given({ asked: { from: at, user: { sub: 'sub-1', disabled } } })
  assert.deepEqual(openSession(held(), asked(true), at), { outcome: 'disabled', effects: [] })
  assert.deepEqual(openSession(held({ user: user({ deleted: true }) }), asked(false), at), { outcome: 'unknown', effects: [] })
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
  const limited = (maxSessions: number, sessions = live) =>
    openSession(held({ sessions, client: client({ maxSessions }) }), given(), at).effects.filter(({ do: verb }) => verb === 'end')
  assert.deepEqual(limited(3), [{ do: 'end', what: { session: 'older' }, why: 'device_limit' }])
  assert.deepEqual([limited(4), limited(9)], [[], []])
  const tied = [session({ sid: 'later', createdAt: t0 + 1 }), session({ sid: 'sooner' })]
  assert.partialDeepStrictEqual(limited(2, tied), [{ what: { session: 'sooner' } }], 'used at once: the one that was born first')
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
  assert.deepEqual(first.effects[0], { do: 'addUser', user: { sub: 'sub-1', usr: 'usr-2', disabled: false, createdAt: t0 } })
  assert.ok('session' in first && first.session.usr === 'usr-2')
  assert.deepEqual([first.user, first.from], [{ ...asked.user, usr: 'usr-2' }, asked.from])
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
  assert.ok(isLive(session({ pos: 10 }), { user: 10, issuer: 10 }, t0))
  const [effect] = touched(session({ lastUsedAt: t0, idleExpiresAt: t0 + 3_600_000, expiresAt: t0 + 3_700_000 }), t0 + 3_000_000)
  assert.deepEqual(effect, { do: 'touchSession', sid: 'sid-1', lastUsedAt: t0 + 3_000_000, idleExpiresAt: t0 + 3_700_000 })
  assert.deepEqual(touched(session(), t0 + 36_000), [], 'a hundredth is not worth a row')
  assert.deepEqual(touched(session(), t0 + 36_001), [
    { do: 'touchSession', sid: 'sid-1', lastUsedAt: t0 + 36_001, idleExpiresAt: t0 + 3_636_001 },
  ])
})

test('P2, RF-5: what a client had under a session is over by its grant’s end, or by a cut of the client', () => {
  const of = (over: object = {}, cut = 0) => isSpent({ session: session(), grant: grant({ pos: 12 }), client: client({ cut }), ...over })
  assert.deepEqual([of(), of({}, 12), of({}, 13), of({ grant: grant({ endedSeq: 5 }) })], [false, false, true, true])
  assert.deepEqual([of({ grant: undefined }), of({ grant: undefined }, 10), of({ grant: undefined }, 11)], [false, false, true])
})
