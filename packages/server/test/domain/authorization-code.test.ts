import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { issueCode, type Redemption, redeemCode } from '../../src/domain/authorization-code.ts'
import type { Grant } from '../../src/domain/grant.ts'
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
  issuer: { cut: 0 },
  ...more,
})

describe('redeemCode', () => {
  test('P1, AZ-14: the grant is born where the authorization request began, and the code is used', () => {
    const verdict = redeemCode(held(), shown(), at)
    assert.equal(verdict.outcome, 'redeemed')
    if (verdict.outcome !== 'redeemed') return
    assert.partialDeepStrictEqual(verdict.effects, [
      { do: 'redeem', hash: code().hash, gid: 'g'.repeat(22) },
      {
        do: 'openGrant',
        position: 20,
        grant: { gid: 'g'.repeat(22), sid: session().sid, offline: false, generation: 0, scope: 'openid a' },
      },
    ])
    assert.equal(verdict.minted.claims.pos, 20)
    assert.equal(verdict.minted.claims.seq, at.head)
  })

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
    ['a user who was disabled', { user: user({ disabled: true }) }, {}, 'disabled'],
  ]
  for (const [what, more, given, outcome] of refused) {
    test(`refused: ${what}`, () => {
      const verdict = redeemCode(held(more), shown(given), at)
      assert.equal(verdict.outcome, outcome)
      assert.deepEqual(verdict.effects, [])
    })
  }

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
    assert.deepEqual(redeemCode(held({ code: used, grant: { ...grant, endedSeq: 9 } }), shown(), at), { outcome: 'reused', effects: [] })
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
    assert.equal(redeemCode(held(), shown({ asked: { from, user: undefined } }), at).outcome, 'disabled')
  })

  test('P3, RF-6: with offline_access the grant outlives its session, and its token has no sid', () => {
    const verdict = redeemCode(held({ code: code({ scope: 'openid offline_access' }) }), shown(), at)
    assert.equal(verdict.outcome, 'redeemed')
    if (verdict.outcome !== 'redeemed') return
    assert.equal(verdict.grant.offline, true)
    assert.equal('sid' in verdict.minted.claims, false)
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

  test('AZ-20: what was allowed is remembered beside what was allowed before', () => {
    const before = { clientId: 'web', scope: 'b', audience: 'https://api.test', redirectHost: 'web.test' }
    const { effects } = issueCode(there(), { ...wanted, allowed: [before] }, at)
    assert.partialDeepStrictEqual(effects.at(-1), { do: 'consent', sub: 'ada', scope: 'b openid a', redirectHost: 'web.test', at: now })
  })

  for (const [what, more, outcome] of [
    ['M2: the session ended', { session: session({ endedSeq: 30 }) }, 'session_ended'],
    ['P2: a cut of the user after the session', { user: user({ cut: 11 }) }, 'session_ended'],
    ['P2: a cut after the request began', { session: session({ pos: 35 }), user: user({ cut: 30 }) }, 'cut'],
    ['P2: a cut of the client', { client: client({ cut: 21 }) }, 'cut'],
    ['a disabled user', { user: user({ disabled: true }) }, 'disabled'],
    ['a disabled client', { client: client({ disabled: true }) }, 'client_unknown'],
  ] as const) {
    test(`refused: ${what}`, () => assert.deepEqual(issueCode(there(more), wanted, at), { outcome, effects: [] }))
  }
})
