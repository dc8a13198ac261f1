import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redeemCode } from '../../src/domain/authorization-code.ts'
import type { Grant } from '../../src/domain/grant.ts'
import { at, client, code, now, session, user } from './oauth-samples.ts'

const used = (gid: string, ago: number): Grant => ({
  ...{
    gid,
    sid: 'x'.repeat(22),
    offline: true,
    sub: 'ada',
    usr: 'u'.repeat(22),
    clientId: 'web',
    scope: 'offline_access',
    audience: 'a',
    pos: 1,
  },
  ...{ generation: 0, rotatedAt: now, authTime: now, amr: [], createdAt: now - ago, lastUsedAt: now - ago },
  ...{ idleExpiresAt: now + 1, expiresAt: now + 1 },
})

const ended = (scope: string, offline: readonly Grant[], maxSessions: number | undefined): unknown[] => {
  const held = { code: code({ scope }), session: session(), grant: undefined, user: user(), issuer: { cut: 0 }, offline, allowed: true }
  const shown = { clientId: 'web', challenge: code().challenge, issuer: 'https://issuer.test', gid: 'g'.repeat(22), jti: 'j'.repeat(22) }
  const redeemed = redeemCode({ ...held, client: client(maxSessions === undefined ? {} : { maxSessions }) }, shown, at)
  assert.equal(redeemed.outcome, 'redeemed')
  const [redeem, openGrant, ...others] = redeemed.effects
  assert.deepEqual([redeem?.do, openGrant?.do], ['redeem', 'openGrant'])
  return others.map((effect) => (effect.do === 'end' ? [effect.what, effect.why] : effect))
}

test('SS-6: an offline grant is a device of its own: beyond as many as its client may have, those that were used longest ago end with the new one', () => {
  const live = [used('b', 20), used('a', 30), used('d', 5), used('c', 10)]
  assert.deepEqual(ended('openid offline_access', live, 5), [])
  assert.deepEqual(ended('openid offline_access', live, 4), [[{ grant: 'a' }, 'device_limit']])
  assert.deepEqual(ended('openid offline_access', live, 2), [
    [{ grant: 'a' }, 'device_limit'],
    [{ grant: 'b' }, 'device_limit'],
    [{ grant: 'c' }, 'device_limit'],
  ])
  const tied = [{ ...used('later', 9), createdAt: now }, used('sooner', 9)]
  assert.deepEqual(ended('openid offline_access', tied, 2), [[{ grant: 'sooner' }, 'device_limit']], 'used at once')
  assert.deepEqual(ended('openid', live, 2), [], 'what dies with its session makes nobody go')
  assert.deepEqual(ended('openid offline_access', live, undefined), [])
  assert.deepEqual(ended('openid offline_access', [], 1), [])
})
