import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Effect } from '../../src/domain/effect.ts'
import type { Position } from '../../src/domain/position.ts'
import { reauthenticate, type Shown } from '../../src/domain/reauthentication.ts'
import { client, grant, session, t0, user } from './rows.ts'

type Held = NonNullable<Parameters<typeof reauthenticate>[0]>

const forgiven: readonly Effect[] = [{ do: 'giveBack', key: 'k', by: 1 }]
const held = (over: Partial<Held> = {}): Held => ({
  session: session(),
  grant: grant(),
  user: user(),
  client: client(),
  issuer: { cut: 0 },
  ...over,
})
const shown = (over: Partial<Shown> = {}): Shown => ({ position: 11 as Position, sub: 'sub-1', forgiven, ...over })
const at = { now: t0 + 5000, head: 12 }
const fresh = { authTime: t0 + 5000, amr: ['pwd'] }

test('SS-1, AZ-12: with tokens, session and grant of this device are fresh, and keep their names and their place (P1)', () => {
  assert.deepEqual(reauthenticate(held({ session: session({ amr: ['mail'] }) }), shown(), at), {
    outcome: 'again',
    session: session({ ...fresh, lastUsedAt: t0 + 5000 }),
    grant: grant(fresh),
    client: client(),
    user: user(),
    from: at,
    effects: [...forgiven, { do: 'reauthenticate', sid: 'sid-1', ...fresh }, { do: 'reauthenticateGrant', gid: 'gid-1', ...fresh }],
  })
})

test('SS-1, AZ-19: in a browser the cookie is another one afterwards; binding holds what comes against where it was (S2)', () => {
  const next = { ...fresh, address: '203.0.113.7' }
  const verdict = reauthenticate(
    held({ session: session({ cookie: 'before' }) }),
    shown({ cookie: 'after', address: '203.0.113.7', checkedPassword: '$argon2id$1', upgrade: '$argon2id$2' }),
    at,
  )
  assert.ok(verdict.outcome === 'again')
  assert.deepEqual(verdict.session, session({ ...next, cookie: 'after', lastUsedAt: t0 + 5000 }))
  assert.deepEqual(verdict.effects, [
    { do: 'changeUser', sub: 'sub-1', to: { password: '$argon2id$2' } }, // S22
    ...forgiven,
    { do: 'reauthenticate', sid: 'sid-1', cookie: 'after', ...next },
    { do: 'reauthenticateGrant', gid: 'gid-1', ...next },
  ])
})

test('SS-1, RFC 9470: a browser’s session is not fresh for whoever still has this cookie: only the grant that was shown is', () => {
  const before = session({ cookie: 'before' })
  const verdict = reauthenticate(held({ session: before }), shown(), at)
  assert.ok(verdict.outcome === 'again')
  assert.deepEqual(verdict.session, before)
  assert.deepEqual(verdict.effects, [...forgiven, { do: 'reauthenticateGrant', gid: 'gid-1', ...fresh }])
})

test('SS-1: a device that has no grant yet gets a fresh session, and no grant by it', () => {
  const verdict = reauthenticate(held({ grant: undefined }), shown({ cookie: 'after' }), at)
  assert.ok(verdict.outcome === 'again')
  assert.equal(verdict.grant, undefined)
  assert.deepEqual(verdict.effects, [...forgiven, { do: 'reauthenticate', sid: 'sid-1', cookie: 'after', ...fresh }])
})

test('P5, S11: rights of a source of its own come with the head and the clock from before it was asked', () => {
  const asked = { from: { now: t0, head: 9 }, user: { sub: 'sub-1', disabled: false, roles: ['editor'] } }
  const verdict = reauthenticate(held(), shown({ asked }), at)
  assert.ok(verdict.outcome === 'again')
  assert.deepEqual([verdict.from, verdict.user], [asked.from, asked.user])
})

const asked = (user: { sub: string; disabled: boolean } | undefined): Partial<Shown> => ({ asked: { from: at, user } })
const dead: [string, Partial<Held>, Partial<Shown>?][] = [
  ['no client', { client: undefined }],
  ['no session', { session: undefined }],
  ['M2: a session that ended', { session: session({ endedSeq: 11 }) }],
  ['SS-2: a session that ran out', { session: session({ idleExpiresAt: t0 + 5000 }) }],
  ['P2: a session from before a cut of its user', { user: user({ cut: 11 }) }],
  ['P2: a session from before a cut of everybody', { issuer: { cut: 11 } }],
  ['P2: a cut of the user while the password was checked', { session: session({ pos: 20 }), user: user({ cut: 12 }) }],
  ['P2: a cut of everybody while the password was checked', { session: session({ pos: 20 }), issuer: { cut: 12 } }],
  ['a disabled user', { user: user({ disabled: true }) }],
  ['a user whom we disabled and the application still has', { user: user({ disabled: true }) }, asked({ sub: 'sub-1', disabled: false })],
  ['a deleted user', { user: user({ deleted: true }) }],
  ['a deleted user whom the application still has', { user: user({ deleted: true }) }, asked({ sub: 'sub-1', disabled: false })],
  ['P4: a password that was changed meanwhile', {}, { checkedPassword: '$argon2id$0' }],
  ['S11: a user who is gone from the application', {}, asked(undefined)],
  ['S11: a user whom the application disabled', {}, asked({ sub: 'sub-1', disabled: true })],
  ['a disabled client', { client: client({ disabled: true }) }],
]
for (const [what, over, more] of dead) {
  test(`refused: ${what}`, () => assert.deepEqual(reauthenticate(held(over), shown(more), at), { outcome: 'not_live', effects: [] }))
}

test('refused: a session that nobody knows', () =>
  assert.deepEqual(reauthenticate(undefined, shown(), at), { outcome: 'not_live', effects: [] }))

test('P2: what the client had under the session is spent by its end or by a cut of the client; not by one from before', () => {
  for (const over of [
    { grant: grant({ endedSeq: 11 }) },
    { client: client({ cut: 11 }) },
    { grant: undefined, client: client({ cut: 11 }) },
  ])
    assert.deepEqual(reauthenticate(held(over), shown(), at), { outcome: 'spent', effects: [] })
  for (const over of [{ client: client({ cut: 10 }) }, { user: user({ cut: 10 }), issuer: { cut: 10 } }])
    assert.equal(reauthenticate(held(over), shown(), at).outcome, 'again')
})
