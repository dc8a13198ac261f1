import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { issueCode, type Redemption, redeemCode } from '../../src/domain/authorization-code.ts'
import type { Grant } from '../../src/domain/grant.ts'
import type { Rights } from '../../src/domain/user.ts'
import { at, client, code, now, position, request, session, user } from './oauth-samples.ts'

const shown = (more: Partial<Redemption> = {}): Redemption => ({
  clientId: 'web',
  challenge: 'c'.repeat(43),
  issuer: 'https://id.test',
  gid: 'g'.repeat(22),
  jti: 'j'.repeat(22),
  ...more,
})
const held = (more: object = {}) => ({
  code: code(),
  session: session(),
  grant: undefined,
  user: user(),
  client: client(),
  offline: [],
  allowed: true,
  issuer: { cut: 0 },
  ...more,
})

describe('redeemCode', () => {
  test('P1, AZ-14: the grant is born where the authorization request began, and the code is used', () => {
    const verdict = redeemCode(held(), shown(), at)
    const { pos, ...grant }: Grant = {
      gid: 'g'.repeat(22),
      sid: session().sid,
      sub: 'ada',
      usr: 'u'.repeat(22),
      clientId: 'web',
      scope: 'openid a',
      audience: 'https://api.test',
      pos: 20,
      authTime: now - 60_000,
      amr: ['pwd'],
      offline: false,
      generation: 0,
      rotatedAt: now,
      createdAt: now,
      lastUsedAt: now,
      idleExpiresAt: now + 1_000_000,
      expiresAt: now + 10_000_000,
    }
    assert.ok(verdict.outcome === 'redeemed')
    assert.deepEqual(verdict.grant, { ...grant, pos })
    assert.deepEqual(verdict.effects, [
      { do: 'redeem', hash: code().hash, gid: 'g'.repeat(22) },
      { do: 'openGrant', position: 20, grant },
    ])
    assert.deepEqual([verdict.code, verdict.from], [code(), at])
    assert.equal(verdict.minted.expiresIn, 300)
    assert.partialDeepStrictEqual(verdict.minted.claims, {
      iss: 'https://id.test',
      jti: 'j'.repeat(22),
      gid: 'g'.repeat(22),
      pos: 20,
      seq: at.head,
      scope: 'openid a',
    })
  })

  test('SS-2: a grant’s idle end is never after its absolute one; the session slides when its code is redeemed', () => {
    const verdict = redeemCode(
      held({ client: client({ idleLifetime: 20_000 }), session: session({ lastUsedAt: now - 500_000 }) }),
      shown(),
      at,
    )
    assert.ok(verdict.outcome === 'redeemed')
    assert.deepEqual([verdict.grant.idleExpiresAt, verdict.grant.expiresAt], [now + 10_000_000, now + 10_000_000])
    assert.deepEqual(verdict.effects.slice(2), [
      { do: 'touchSession', sid: session().sid, lastUsedAt: now, idleExpiresAt: now + 1_500_000 },
    ])
  })

  test('AZ-14, TK-10: what is said again at the token endpoint and is the same changes nothing', () => {
    for (const same of [
      { redirectUri: 'https://web.test/back' },
      { resource: 'https://api.test' },
      { served: ['https://other.test', 'https://api.test'] },
    ])
      assert.equal(redeemCode(held(), shown(same), at).outcome, 'redeemed', JSON.stringify(same))
    assert.equal(redeemCode(held({ code: code({ expiresAt: now + 1 }) }), shown(), at).outcome, 'redeemed', 'the last millisecond')
  })

  test('question S2: the grant is bound to where it was given', () => {
    const verdict = redeemCode(held(), shown({ address: '203.0.113.7' }), at)
    assert.ok(verdict.outcome === 'redeemed')
    assert.equal(verdict.grant.address, '203.0.113.7')
    assert.partialDeepStrictEqual(verdict.effects[1], { do: 'openGrant', grant: { address: '203.0.113.7' } })
  })

  test('a code that nobody has', () => assert.deepEqual(redeemCode(undefined, shown(), at), { outcome: 'unknown', effects: [] }))

  const refused: [string, object, Partial<Redemption>, string][] = [
    ['another client', {}, { clientId: 'other' }, 'wrong_client'],
    ['another verifier', {}, { challenge: 'd'.repeat(43) }, 'wrong_verifier'],
    ['another address', {}, { redirectUri: 'https://web.test/' }, 'wrong_redirect'],
    ['another resource (RFC 8707 §2.2)', {}, { resource: 'https://other.test' }, 'wrong_target'],
    ['after its minute', { code: code({ expiresAt: now }) }, {}, 'expired'],
    ['M2, AZ-16: after its session ended', { session: session({ endedSeq: 30 }) }, {}, 'session_ended'],
    ['after its session was forgotten', { session: undefined }, {}, 'session_ended'],
    ['after its session ran out', { session: session({ idleExpiresAt: now }) }, {}, 'session_ended'],
    ['P2: session from before a cut of the user', { user: user({ cut: 11 }) }, {}, 'session_ended'],
    ['P2: session from before a cut of everybody', { issuer: { cut: 11 } }, {}, 'session_ended'],
    ['P2: code from before a cut of the client', { client: client({ cut: 21 }) }, {}, 'cut'],
    ['P2: a session above the cut, the code below it', { session: session({ pos: 35 }), user: user({ cut: 30 }) }, {}, 'cut'],
    ['a client that was disabled', { client: client({ disabled: true }) }, {}, 'client_disabled'],
    ['P2: code from before a cut of everybody', { session: session({ pos: 35 }), issuer: { cut: 21 } }, {}, 'cut'],
    ['an audience that no service has any more', {}, { served: ['https://other.test'] }, 'audience_gone'],
  ]
  for (const [what, more, given, outcome] of refused) {
    test(`refused: ${what}`, () => {
      const verdict = redeemCode(held(more), shown(given), at)
      assert.equal(verdict.outcome, outcome)
      assert.deepEqual(verdict.effects, [])
    })
  }

  test('SS-4: refused: a user who was disabled, deleted, or is gone from the application', () => {
    const asked = (user: Rights | undefined) => shown({ asked: { from: at, user } })
    const rights = { sub: 'ada', disabled: false }
    for (const verdict of [
      redeemCode(held({ user: user({ disabled: true }) }), shown(), at),
      redeemCode(held({ user: user({ deleted: true }) }), shown(), at),
      redeemCode(held({ user: user({ deleted: true }) }), asked(rights), at),
      redeemCode(held(), asked({ ...rights, disabled: true }), at),
      redeemCode(held(), asked(undefined), at),
    ])
      assert.deepEqual(verdict, { outcome: 'disabled', sub: 'ada', effects: [] })
  })

  test('P2: a cut with exactly the position does not hit what was born there', () => {
    assert.equal(redeemCode(held({ client: client({ cut: 20 }) }), shown(), at).outcome, 'redeemed')
  })

  test('AZ-15: a second use ends what the first got, once; not for who cannot show the verifier', () => {
    const used = code({ gid: 'f'.repeat(22), expiresAt: now - 1 })
    const grant = { gid: 'f'.repeat(22) } as Grant
    assert.deepEqual(redeemCode(held({ code: used, grant }), shown(), at), {
      outcome: 'reused',
      effects: [{ do: 'end', what: { grant: 'f'.repeat(22) }, why: 'code_reuse' }],
    })
    for (const over of [{ ...grant, endedSeq: 9 }, undefined])
      assert.deepEqual(redeemCode(held({ code: used, grant: over }), shown(), at), { outcome: 'reused', effects: [] })
    for (const other of [{ challenge: 'd'.repeat(43) }, { clientId: 'other' }, { redirectUri: 'https://web.test/x' }]) {
      assert.deepEqual(redeemCode(held({ code: used, grant }), shown(other), at).effects, [])
    }
  })

  test('P5: rights of a source of its own come with the head and the clock from before it was asked', () => {
    const from = { now: now - 3000, head: 33 }
    const verdict = redeemCode(held(), shown({ asked: { from, user: { sub: 'ada', disabled: false, roles: ['boss'] } } }), at)
    assert.equal(verdict.outcome, 'redeemed')
    if (verdict.outcome !== 'redeemed') return
    assert.deepEqual([verdict.minted.claims.seq, verdict.minted.claims.iat], [33, (now - 3000) / 1000])
    assert.deepEqual(verdict.minted.claims.roles, ['boss'])
    assert.deepEqual(verdict.from, from)
  })

  test('P3, RF-6: with offline_access the grant outlives its session, and its token has no sid', () => {
    const verdict = redeemCode(held({ code: code({ scope: 'openid offline_access' }) }), shown(), at)
    assert.equal(verdict.outcome, 'redeemed')
    if (verdict.outcome !== 'redeemed') return
    assert.equal(verdict.grant.offline, true)
    assert.equal('sid' in verdict.minted.claims, false)
    const near = redeemCode(held({ code: code({ scope: 'openid offline_access_not' }) }), shown(), at)
    assert.equal(near.outcome === 'redeemed' && near.grant.offline, false)
  })

  test('RF-4: no token beyond the absolute expiry of its session', () => {
    const verdict = redeemCode(held({ session: session({ expiresAt: now + 60_000 }) }), shown(), at)
    assert.equal(verdict.outcome === 'redeemed' && verdict.minted.claims.exp, (now + 60_000) / 1000)
  })
})

describe('issueCode', () => {
  const wanted = { hash: 'h'.repeat(43), request: request({ nonce: 'n' }), position }
  const there = (more: object = {}) => ({ session: session(), user: user(), client: client(), issuer: { cut: 0 }, ...more })

  test('AZ-14: a minute, and bound to all that it rests on', () => {
    const { outcome, effects } = issueCode(there(), wanted, at)
    assert.equal(outcome, 'issued')
    assert.deepEqual(effects, [
      { do: 'issueCode', code: { ...code({ createdAt: now, expiresAt: now + 60_000 }), nonce: 'n', authTime: session().authTime } },
    ])
  })

  test('AZ-14: without a nonce the code has none; the session slides with it', () => {
    const idle = there({ session: session({ lastUsedAt: now - 500_000 }) })
    assert.deepEqual(issueCode(idle, { ...wanted, request: request() }, at).effects, [
      { do: 'touchSession', sid: session().sid, lastUsedAt: now, idleExpiresAt: now + 1_500_000 },
      { do: 'issueCode', code: code({ createdAt: now, expiresAt: now + 60_000 }) },
    ])
  })

  test('P2: a cut with exactly the position does not hit the code that is born there', () => {
    for (const more of [{ client: client({ cut: 20 }) }, { session: session({ pos: 20 }), user: user({ cut: 20 }), issuer: { cut: 20 } }])
      assert.equal(issueCode(there(more), wanted, at).outcome, 'issued')
  })

  test('AZ-20: what was allowed is remembered beside what was allowed before', () => {
    const before = { clientId: 'web', scope: 'b', audience: 'https://api.test', redirectHost: 'web.test' }
    const { effects } = issueCode(there(), { ...wanted, allowed: [before] }, at)
    assert.deepEqual(
      effects.map((effect) => effect.do),
      ['issueCode', 'consent'],
    )
    assert.partialDeepStrictEqual(effects.at(-1), { do: 'consent', sub: 'ada', scope: 'b openid a', redirectHost: 'web.test', at: now })
  })

  for (const [what, more, outcome] of [
    ['M2: the session ended', { session: session({ endedSeq: 30 }) }, 'session_ended'],
    ['P2: a cut of the user after the session', { user: user({ cut: 11 }) }, 'session_ended'],
    ['P2: a cut after the request began', { session: session({ pos: 35 }), user: user({ cut: 30 }) }, 'cut'],
    ['P2: a cut of the client', { client: client({ cut: 21 }) }, 'cut'],
    ['a disabled user', { user: user({ disabled: true }) }, 'disabled'],
    ['M2: the session ran out', { session: session({ idleExpiresAt: now }) }, 'session_ended'],
    ['P2: a cut of everybody after the session', { issuer: { cut: 11 } }, 'session_ended'],
    ['P2: a cut of everybody after the request began', { session: session({ pos: 35 }), issuer: { cut: 30 } }, 'cut'],
    ['a deleted user', { user: user({ deleted: true }) }, 'disabled'],
    ['a disabled client', { client: client({ disabled: true }) }, 'client_unknown'],
    ['a client that is gone', { client: undefined }, 'client_unknown'],
    ['another client than the one that asked', { client: client({ id: 'other' }) }, 'client_unknown'],
  ] as const) {
    test(`refused: ${what}`, () => assert.deepEqual(issueCode(there(more), wanted, at), { outcome, effects: [] }))
  }
  test('refused: a cookie that stands for nobody', () =>
    assert.deepEqual(issueCode(undefined, wanted, at), { outcome: 'session_ended', effects: [] }))
})
