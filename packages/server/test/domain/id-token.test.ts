import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idTokenClaims } from '../../src/domain/id-token.ts'
import { code, now } from './oauth-samples.ts'

const given = {
  from: { now: now + 1999, head: 40 },
  minted: {
    claims: { iss: 'i', sub: 's', aud: 'a', client_id: 'c', jti: 'j', iat: 1, exp: now / 1000 + 300, pos: 1, seq: 1 },
    expiresIn: 300,
  },
  accessTokenHash: 'at-hash',
}

test('SS-5, UI-2, Core §2: the claims of an ID token: for the client, of the sign-in; with its access token in time and life (M1)', () => {
  const claims = {
    iss: 'https://id.test',
    sub: 'ada',
    aud: 'web',
    exp: now / 1000 + 300,
    iat: now / 1000 + 1,
    auth_time: now / 1000 - 60,
    amr: ['pwd'],
    at_hash: 'at-hash',
    sid: 's'.repeat(22),
  }
  assert.deepEqual(idTokenClaims('https://id.test', code({ authTime: now - 59_001 }), given), claims)
  assert.deepEqual(idTokenClaims('https://id.test', code({ nonce: 'n', amr: ['pwd', 'otp'] }), given), {
    ...claims,
    nonce: 'n',
    amr: ['pwd', 'otp'],
  })
})
