import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkJws, importJwk, signJws } from '@curfew/verifier/jws'
import type { AccessTokenClaims, Receipt } from '@curfew/verifier/wire'
import { openKeys } from '../../src/keys/open-keys.ts'
import { openRing } from '../../src/keys/ring.ts'
import { openSigner } from '../../src/keys/signer.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'
import { testWorld } from '../../src/testing/fixed-clock.ts'

const issuer = 'https://issuer.example'
const masterSecret = Buffer.from('correct horse battery staple, but longer')
const claims: AccessTokenClaims = {
  ...{ iss: issuer, sub: 'u', usr: 'A'.repeat(22), aud: 'https://api.example', client_id: 'app', scope: 'openid', jti: 'B'.repeat(22) },
  ...{
    iat: 1_764_000_000,
    exp: 1_764_000_300,
    sid: 'C'.repeat(22),
    gid: 'D'.repeat(22),
    pos: 41,
    seq: 42,
    problem: 'a claim of the application',
  },
}

async function open() {
  const store = openSqlite(':memory:', { world: testWorld(), leaseMs: 5000, log: { warn: () => undefined, error: () => undefined } })
  const ring = await openRing({ keys: store.keys, masterSecret, world: testWorld() })
  return { ring, store, signer: openSigner(ring, { issuer }) }
}

/** Checks a token by the public set alone, as a verifier does. */
async function check(token: string, typ: string, jwks: string) {
  const keys = (JSON.parse(jwks) as { keys: unknown[] }).keys.map((jwk) => importJwk(jwk))
  const checked = checkJws(
    token,
    ({ kid }) => {
      const found = keys.find((key) => 'kid' in key && key.kid === kid)
      return found && 'key' in found ? found : undefined
    },
    { typ },
  )
  assert.ok('claims' in checked, JSON.stringify(checked))
  return checked
}

test('RFC 9068: an access token is an at+jwt, signed with ES256, good by the public set, and opens to its claims', async () => {
  const { signer } = await open()
  const token = signer.accessToken(claims)
  const { header, claims: seen } = await check(token, 'at+jwt', await signer.jwks())
  assert.equal(header.alg, 'ES256')
  assert.deepEqual({ ...seen }, claims)
  assert.deepEqual({ ...signer.openAccessToken(token) }, claims)
})

test('each kind of token has its own typ, and is taken for no other', async () => {
  const { signer } = await open()
  const receipt = { iss: issuer, jti: 'r' } as unknown as Receipt
  const access = signer.accessToken(claims)
  const identity = await signer.idToken(claims, 'ES256')
  const signed = signer.receipt(receipt)
  await check(signed, 'logout-receipt+jwt', await signer.jwks())
  for (const other of [identity, signed]) assert.equal(signer.openAccessToken(other), undefined)
  for (const other of [access, signed]) assert.equal(signer.openIdToken(other), undefined)
})

test('an ID token is signed as its client has it', async () => {
  const { signer, ring } = await open()
  for (const algorithm of ['ES256', 'RS256'] as const) {
    const token = await signer.idToken({ iss: issuer, sub: 'u', aud: 'app' }, algorithm)
    assert.equal((await check(token, 'JWT', await signer.jwks())).header.alg, algorithm)
    assert.deepEqual({ ...signer.openIdToken(token) }, { iss: issuer, sub: 'u', aud: 'app' })
  }
  assert.ok(ring.find((await ring.rs256()).kid))
})

test('what is of another issuer, another key, damaged, or not whole does not open', async () => {
  const { signer, ring } = await open()
  const other = await open()
  const token = signer.accessToken(claims)
  const { kid, privateKey } = ring.es256
  const header = { typ: 'at+jwt', kid, alg: 'ES256' } as const
  const { pos: _, ...withoutPos } = claims
  const wrong = [
    '',
    'garbage',
    `${token}A`,
    token.slice(0, -2),
    other.signer.accessToken(claims),
    signJws(header, { ...claims, iss: 'https://other.example' }, privateKey),
    signJws(header, withoutPos, privateKey), // Covered: no `pos`, no token
    signJws({ ...header, kid: other.ring.es256.kid }, claims, privateKey),
    signJws(header, claims, other.ring.es256.privateKey),
    `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${token.split('.')[1]}.`,
  ]
  for (const one of wrong) assert.equal(signer.openAccessToken(one), undefined)
})

test('all that is made with the keys is good after a restart', async () => {
  const { store } = await open()
  const first = await openKeys({ store, masterSecret, world: testWorld(), settings: { issuer } })
  const second = await openKeys({ store, masterSecret, world: testWorld({ seed: 2 }), settings: { issuer } })
  assert.ok(second.signer.openAccessToken(first.signer.accessToken(claims)))
  assert.deepEqual(second.refreshTokens.open(first.refreshTokens.make(`${'D'.repeat(21)}A`, 3))?.generation, 3)
  assert.deepEqual(second.sealer.open('a', first.sealer.seal('a', { b: 1 }, 2), 1), { b: 1 })
})
