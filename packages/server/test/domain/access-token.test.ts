import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessToken, clientToken } from '../../src/domain/access-token.ts'
import type { Rights } from '../../src/domain/user.ts'
import { client, grant, session, t0 } from './rows.ts'

type What = Parameters<typeof accessToken>[2]

const second = t0 / 1000
const from = { now: t0 + 1999, head: 12 }
const rights = (over: Partial<Rights> = {}): Rights => ({ sub: 'sub-1', disabled: false, ...over })
const minted = (over: Partial<What> = {}, now?: number) =>
  accessToken(
    'https://login.example',
    'jti-1',
    { grant: grant({ authTime: t0 - 1 }), session: session(), client: client(), user: rights(), ...over },
    from,
    now,
  )

test('TK-9, P1, P5, S18: each claim of an access token, and none besides', () => {
  assert.deepEqual(minted(), {
    claims: {
      iss: 'https://login.example',
      sub: 'sub-1',
      usr: 'usr-1',
      aud: 'https://api.example',
      client_id: 'app',
      scope: 'openid orders:read',
      jti: 'jti-1',
      iat: second + 1,
      exp: second + 301,
      sid: 'sid-1',
      gid: 'gid-1',
      pos: 10,
      seq: 12,
      auth_time: second - 1,
      amr: ['pwd'],
    },
    expiresIn: 300,
  })
})

test('M1: what is told of its life counts from now, whenever the rights were read, and is never below nothing', () => {
  assert.equal(minted({}, t0 + 100_999).expiresIn, 201)
  assert.equal(minted({}, t0 + 301_000).expiresIn, 0)
  assert.equal(minted({}, t0 + 400_000).expiresIn, 0)
})

test('RF-4, P3: no token lives beyond its grant, nor beyond its session if it dies with that; rounded down', () => {
  const short = session({ expiresAt: t0 + 60_999 })
  assert.equal(minted({ session: short }).claims.exp, second + 60)
  assert.equal(minted({ grant: grant({ expiresAt: t0 + 50_999 }), session: short }).claims.exp, second + 50)
  assert.equal(minted({ grant: grant({ expiresAt: t0 + 50_999 }), session: undefined }).claims.exp, second + 50)
  const offline = minted({ grant: grant({ offline: true }), session: short }).claims
  assert.equal(offline.exp, second + 301, 'it outlives the session')
  assert.equal('sid' in offline, false, 'and does not die with it')
})

const reserved = [
  ...['iss', 'sub', 'usr', 'aud', 'client_id', 'scope', 'jti', 'iat', 'exp', 'nbf', 'sid', 'gid', 'pos', 'seq', 'auth_time'],
  ...['acr', 'amr', 'cnf', 'act', 'may_act', 'roles', 'events', 'nonce', 'typ'],
]

test('S7, JV-17: the application’s own claims are in it, but never in place of ours, present or not', () => {
  const evil = Object.fromEntries(reserved.map((name) => [name, 'evil']))
  for (const offline of [false, true]) {
    const plain = minted({ grant: grant({ offline }) }).claims
    const own = minted({ grant: grant({ offline }), user: rights({ claims: { ...evil, plan: 'gold', s: 1 } }) }).claims
    assert.deepEqual(own, { ...plain, plan: 'gold', s: 1 })
  }
})

test('S11: roles are those of today', () => {
  assert.deepEqual(minted({ user: rights({ roles: ['editor', 'boss'] }) }).claims.roles, ['editor', 'boss'])
  assert.deepEqual(minted({ user: rights({ roles: [] }) }).claims.roles, [])
  assert.equal('roles' in minted().claims, false)
})

test('S11, TK-10: of what was consented, what client and user may have; how to sign in is not for the user’s rights to say', () => {
  const all = 'openid offline_access profile email  read write'
  const scope = (scopes: readonly string[], user: readonly string[] | undefined) =>
    minted({ grant: grant({ scope: all }), client: client({ scopes }), user: rights(user && { scopes: user }) }).claims.scope
  const each = all.split(/ +/)
  assert.equal(scope([...each, '', 'more'], undefined), each.join(' '))
  assert.equal(scope(['read'], undefined), 'read')
  assert.equal(scope(each, []), 'openid offline_access profile email')
  assert.equal(scope(each, ['write', 'more']), 'openid offline_access profile email write')
  assert.equal(scope(['write', 'read'], ['read']), 'read')
})

test('question S2: a token says where it is good, if its client wants that; where nobody knows, it is good nowhere', () => {
  const binding = { to: 'prefix', onMismatch: 'refuse', requests: true } as const
  const at = (address: string | undefined, requests = true) =>
    minted({ grant: grant(address === undefined ? {} : { address }), client: client({ binding: { ...binding, requests } }) }).claims
  assert.deepEqual(at('203.0.113.7').cnf, { address: '203.0.113.0/24' })
  assert.deepEqual(at(undefined).cnf, { address: 'unknown' })
  assert.equal('cnf' in at('203.0.113.7', false), false)
  assert.equal('cnf' in minted({ grant: grant({ address: '203.0.113.7' }) }).claims, false)
})

test('TK-8, P1: a client’s token for itself tells of no user, no session, no grant', () => {
  const given = { audience: 'https://api.example', scope: 'orders:read', pos: 9 }
  assert.deepEqual(clientToken('https://login.example', 'jti-2', client({ accessLifetime: 120 }), given, from), {
    claims: {
      iss: 'https://login.example',
      sub: 'app',
      aud: 'https://api.example',
      client_id: 'app',
      scope: 'orders:read',
      jti: 'jti-2',
      iat: second + 1,
      exp: second + 121,
      pos: 9,
      seq: 12,
    },
    expiresIn: 120,
  })
})
