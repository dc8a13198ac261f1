import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { grantExpiry, type Presented, rotate } from '../../src/domain/grant.ts'
import { client, grant, session, t0, user } from './rows.ts'

type Held = NonNullable<Parameters<typeof rotate>[0]>

const held = (over: Partial<Held> = {}): Held => ({
  grant: grant(),
  session: session(),
  user: user(),
  client: client(),
  issuer: { cut: 0 },
  ...over,
})
const present = (over: Partial<Presented> = {}): Presented => ({
  generation: 7,
  clientId: 'app',
  issuer: 'https://login.example',
  jti: 'jti-1',
  ...over,
})
const at = (seconds = 60, head = 12) => ({ now: t0 + seconds * 1000, head })

test('RF-2: the token of now is rotated, once, to the next generation', () => {
  const verdict = rotate(held(), present(), at(30))
  assert.ok('minted' in verdict)
  const { minted, ...rest } = verdict
  assert.deepEqual(rest, {
    outcome: 'rotated',
    generation: 8,
    grant: grant(),
    effects: [{ do: 'rotate', gid: 'gid-1', generation: 8, at: t0 + 30_000, idleExpiresAt: t0 + 3_630_000 }],
  })
  assert.partialDeepStrictEqual(minted, {
    claims: {
      iss: 'https://login.example',
      jti: 'jti-1',
      gid: 'gid-1',
      iat: t0 / 1000 + 30,
      scope: 'openid orders:read',
      pos: 10,
      seq: 12,
    },
    expiresIn: 300,
  })
})

test('RF-3: the token before, within the grace: the same successor, and nothing is stored', () => {
  const verdict = rotate(held(), present({ generation: 6 }), at(29.999))
  assert.ok('minted' in verdict)
  const { minted, ...rest } = verdict
  assert.deepEqual(rest, { outcome: 'repeated', generation: 7, grant: grant(), effects: [] })
  assert.equal(minted.claims.gid, 'gid-1')
})

test('RFC 9700 §4.14.2, RF-2: a replayed token ends its grant, and says so in the ledger', () => {
  for (const generation of [6, 3, 0]) {
    assert.deepEqual(rotate(held(), present({ generation }), at(30)), {
      outcome: 'replayed',
      effects: [{ do: 'end', what: { grant: 'gid-1' }, why: 'replay' }],
    })
  }
})

test('RF-2: a straggler, older but within the grace after the last rotation, is refused and ends nothing', () => {
  assert.deepEqual(rotate(held(), present({ generation: 5 }), at(29)), { outcome: 'superseded', why: undefined, effects: [] })
})

test('RF-2: a generation that was never issued is refused, with an alarm of its own, and ends nothing', () => {
  assert.deepEqual(rotate(held(), present({ generation: 8 }), at()), { outcome: 'never_issued', why: undefined, effects: [] })
})

test('RF-1: another client gets nothing, and ends nothing, with whatever generation', () => {
  for (const generation of [0, 6, 7, 8]) {
    assert.deepEqual(rotate(held(), present({ clientId: 'other', generation }), at(1000)), {
      outcome: 'wrong_client',
      why: undefined,
      effects: [],
    })
  }
  assert.deepEqual(rotate(undefined, present(), at()), { outcome: 'unknown', why: undefined, effects: [] })
})

test('RF-4, SS-2, S18: idle expiry slides, absolute expiry never does; at the very millisecond it is over', () => {
  const nearEnd = grant({ idleExpiresAt: t0 + 86_399_000, expiresAt: t0 + 86_400_000 })
  const longSession = session({ idleExpiresAt: t0 + 1e9, expiresAt: t0 + 1e9 })
  const late = rotate(held({ grant: nearEnd, session: longSession }), present(), at(86_398))
  assert.equal(late.outcome, 'rotated')
  assert.partialDeepStrictEqual(late.effects[0], { idleExpiresAt: t0 + 86_400_000 })
  assert.ok('minted' in late && late.minted.claims.exp === (t0 + 86_400_000) / 1000, 'no access token outlives the grant')
  assert.equal(rotate(held({ grant: grant({ expiresAt: t0 + 60_000 }) }), present(), at(60)).outcome, 'expired')
  assert.equal(rotate(held({ grant: grant({ idleExpiresAt: t0 + 60_000 }) }), present(), at(60)).outcome, 'expired')
  assert.equal(rotate(held({ session: session({ idleExpiresAt: t0 + 60_000 }) }), present(), at(60)).outcome, 'expired')
  assert.equal(rotate(held({ session: session({ expiresAt: t0 + 60_000 }) }), present(), at(60)).outcome, 'expired')
})

test('RF-5, P2, M2: after sign-out, a cut of user, client or everybody, disabling or deleting, no token rotates', () => {
  const refused: [string, Partial<Held>, string?][] = [
    ['ended', { grant: grant({ endedSeq: 11, endedWhy: 'revoked' }) }, 'revoked'],
    ['ended', { session: session({ endedSeq: 11, endedWhy: 'signed_out' }) }, 'signed_out'],
    ['ended', { session: undefined }],
    ['cut', { user: user({ cut: 11 }) }],
    ['cut', { client: client({ cut: 11 }) }],
    ['cut', { issuer: { cut: 11 } }],
    ['client_disabled', { client: client({ disabled: true }) }],
  ]
  for (const generation of [6, 7]) {
    for (const [outcome, over, why] of refused)
      assert.deepEqual(rotate(held(over), present({ generation }), at(1)), { outcome, why, effects: [] })
    assert.deepEqual(rotate(held({ user: user({ disabled: true }) }), present({ generation }), at(1)), {
      outcome: 'disabled',
      sub: 'sub-1',
      effects: [],
    })
  }
})

test('P2: a grant born at the number of a cut, or after it, is not hit by it', () => {
  assert.equal(rotate(held({ user: user({ cut: 10 }) }), present(), at()).outcome, 'rotated')
})

test('P6: stale ends no grant: one refresh is enough', () => {
  assert.equal(rotate(held({ user: user({ stale: 12 }), client: client({ stale: 12 }) }), present(), at()).outcome, 'rotated')
})

test('RF-6, P3: an offline grant outlives its session, and its tokens carry no sid', () => {
  const offline = grant({ offline: true })
  const may = client({ scopes: ['openid', 'offline_access', 'orders:read'] })
  for (const over of [{ session: session({ endedSeq: 11 }) }, { session: undefined }]) {
    const verdict = rotate(held({ grant: offline, client: may, ...over }), present(), at())
    assert.equal(verdict.outcome, 'rotated')
    assert.ok('minted' in verdict && !('sid' in verdict.minted.claims) && verdict.minted.claims.gid === 'gid-1')
  }
  const beside = rotate(held({ grant: offline, client: may }), present(), at(1000))
  assert.deepEqual(
    beside.effects.map((effect) => effect.do),
    ['rotate'],
    'nor does its use keep the session alive',
  )
  assert.equal(
    rotate(held({ grant: offline, client: may, user: user({ cut: 11 }) }), present(), at()).outcome,
    'cut',
    'everywhere means everywhere',
  )
  const withdrawn = { outcome: 'ended', why: 'consent_withdrawn', effects: [] }
  assert.deepEqual(rotate(held({ grant: offline }), present(), at()), withdrawn, 'a client that may not have it any more')
})

test('P5, M1: iat and seq are of the moment before the rights were asked for, the expiry that is told of now', () => {
  const from = { now: t0 + 58_999, head: 11 }
  const asked = {
    from,
    user: { sub: 'sub-1', disabled: false, roles: ['editor'], scopes: ['orders:read'], claims: { plan: 'gold', sub: 'evil', pos: 99 } },
  }
  const verdict = rotate(held(), present({ asked }), at(60, 12))
  assert.ok('minted' in verdict)
  assert.partialDeepStrictEqual(verdict.minted.claims, {
    iat: t0 / 1000 + 58,
    exp: t0 / 1000 + 358,
    seq: 11,
    pos: 10,
    sub: 'sub-1',
    roles: ['editor'],
    plan: 'gold',
  })
  assert.equal(verdict.minted.expiresIn, 298)
})

test('S11, RF-5: the application’s user is gone or disabled: nothing is minted', () => {
  for (const gone of [undefined, { sub: 'sub-1', disabled: true }]) {
    assert.deepEqual(rotate(held(), present({ asked: { from: at(), user: gone } }), at()), {
      outcome: 'disabled',
      sub: 'sub-1',
      effects: [],
    })
  }
})

test('TK-10, S11: a refresh may ask for less, never for more; for its audience, as long as a service has it', () => {
  const of = (more: Partial<Presented>) => rotate(held(), present(more), at())
  const less = of({ scope: ['orders:read'], resource: 'https://api.example', served: ['https://api.example'] })
  assert.ok('minted' in less)
  assert.equal(less.minted.claims.scope, 'orders:read')
  assert.equal(less.grant.scope, 'openid orders:read', 'the grant keeps all of it')
  for (const scope of [['orders:write'], ['openid', 'orders:write'], ['']])
    assert.deepEqual(of({ scope }), { outcome: 'too_wide', effects: [] })
  const rights = { sub: 'sub-1', disabled: false, scopes: ['orders:write'] }
  const narrowed = of({ asked: { from: at(), user: rights } })
  assert.ok('minted' in narrowed && narrowed.minted.claims.scope === 'openid', 'however it was consented')
  assert.deepEqual(of({ resource: 'https://other.example' }), { outcome: 'wrong_target', effects: [] })
  assert.deepEqual(of({ served: ['https://other.example'] }), { outcome: 'audience_gone', why: undefined, effects: [] })
})

test('question S2: a refresh from elsewhere is refused and ends nothing, or is only recorded; a replay from there ends the grant', () => {
  const bound = (onMismatch: 'refuse' | 'sign_in' | 'record') =>
    held({ grant: grant({ address: '203.0.113.7' }), client: client({ binding: { to: 'exact', onMismatch, requests: false } }) })
  for (const asks of ['refuse', 'sign_in'] as const) {
    for (const address of ['203.0.113.8', undefined])
      assert.deepEqual(rotate(bound(asks), present({ address }), at()), { outcome: 'elsewhere', asks, effects: [] })
    assert.equal(rotate(bound(asks), present({ address: '203.0.113.7' }), at()).outcome, 'rotated')
    assert.equal(rotate(bound(asks), present({ address: '203.0.113.8', generation: 5 }), at()).outcome, 'replayed')
  }
  const recorded = (generation: number, address: string) => {
    const verdict = rotate(bound('record'), present({ address, generation }), at(1))
    return [verdict.outcome, 'isElsewhere' in verdict && verdict.isElsewhere]
  }
  assert.deepEqual(recorded(7, '203.0.113.8'), ['rotated', true])
  assert.deepEqual(recorded(6, '203.0.113.8'), ['repeated', true])
  assert.deepEqual(recorded(7, '203.0.113.7'), ['rotated', false])
})

test('RF-4, RF-6: a grant ends idle or absolute, and with its session unless it is offline', () => {
  const [idle, absolute] = [grant({ idleExpiresAt: 5, expiresAt: 6 }), grant({ idleExpiresAt: 6, expiresAt: 5 })]
  for (const one of [idle, absolute]) {
    assert.equal(grantExpiry(one, undefined), 5)
    assert.equal(grantExpiry(one, session({ idleExpiresAt: 3, expiresAt: 4 })), 3)
    assert.equal(grantExpiry(one, session({ idleExpiresAt: 4, expiresAt: 3 })), 3)
    assert.equal(grantExpiry(one, session()), 5)
    assert.equal(grantExpiry({ ...one, offline: true }, session({ idleExpiresAt: 3, expiresAt: 4 })), 5)
  }
})

test('spike §8.6: the session’s row is written only when its idle expiry moves by more than 1 %', () => {
  const soon = rotate(held(), present(), at(36))
  assert.deepEqual(
    soon.effects.map((effect) => effect.do),
    ['rotate'],
  )
  const later = rotate(held(), present(), at(37))
  assert.deepEqual(
    later.effects.map((effect) => effect.do),
    ['rotate', 'touchSession'],
  )
})

test('RF-1 to RF-5: whatever is held and presented, at most one generation forward, and nothing is minted for the dead', () => {
  const small = fc.integer({ min: 0, max: 20 })
  fc.assert(
    fc.property(
      small,
      small,
      small,
      small,
      fc.integer({ min: 0, max: 200 }),
      fc.boolean(),
      (generation, presented, pos, cut, seconds, ended) => {
        const rows = held({ grant: grant({ generation, pos, ...(ended ? { endedSeq: 5 } : {}) }), user: user({ cut }) })
        const verdict = rotate(rows, present({ generation: presented }), at(seconds))
        const minted = 'minted' in verdict
        if (ended || pos < cut) assert.ok(!minted)
        if (minted) assert.ok(verdict.generation === generation || (verdict.generation === generation + 1 && presented === generation))
        if (verdict.outcome === 'replayed') assert.ok(presented < generation && seconds >= 30)
      },
    ),
    { numRuns: 2000, seed: 1 },
  )
})
