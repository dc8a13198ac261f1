import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessTokenClaims } from '@curfew/verifier/wire'
import { tokenLife } from '../../src/domain/token-life.ts'
import { client, grant, session, t0, user } from './rows.ts'

type Rows = Parameters<typeof tokenLife>[1]

const claims = {
  iss: 'i',
  sub: 'sub-1',
  usr: 'usr-1',
  aud: 'a',
  client_id: 'app',
  jti: 'j',
  iat: t0 / 1000,
  exp: t0 / 1000 + 300,
  sid: 'sid-1',
  gid: 'gid-1',
  pos: 10,
  seq: 10,
}
const rows = (over: Partial<Rows> = {}): Rows => ({
  session: session(),
  grant: grant(),
  user: user(),
  client: client(),
  issuer: { cut: 0, stale: 0 },
  endedSeq: undefined,
  horizon: 0,
  ...over,
})
const life = (over: Partial<Rows> = {}, more: { [claim in keyof typeof claims]?: undefined } = {}, now = t0) =>
  tokenLife({ ...claims, ...more } as AccessTokenClaims, rows(over), { now, head: 20 })

test('M2, IN-3: Covered against the database: each way in which a token can be dead, by its name', () => {
  assert.equal(life(), 'live')
  const dead: [string, Partial<Rows>][] = [
    ['token_ended', { endedSeq: 11 }],
    ['session_ended', { session: session({ endedSeq: 11 }) }],
    ['unknown', { session: undefined }],
    ['grant_ended', { grant: grant({ endedSeq: 11 }) }],
    ['unknown', { grant: undefined }],
    ['unknown', { user: undefined }],
    ['unknown', { user: user({ deleted: true }) }],
    ['disabled', { user: user({ disabled: true }) }],
    ['unknown', { client: undefined }],
    ['unknown', { client: client({ disabled: true }) }],
    ['cut', { user: user({ cut: 11 }) }],
    ['cut', { client: client({ cut: 11 }) }],
    ['cut', { issuer: { cut: 11, stale: 0 } }],
    ['stale', { user: user({ stale: 11 }) }],
    ['stale', { client: client({ stale: 11 }) }],
    ['stale', { issuer: { cut: 0, stale: 11 } }],
    ['expired', { horizon: (t0 / 1000 + 300) * 1000 }],
  ]
  for (const [why, over] of dead) assert.equal(life(over), why, JSON.stringify(over))
})

test('RV-6: the highest cut counts, in whatever order they came; one at the token’s own number does not hit', () => {
  assert.equal(life({ user: user({ cut: 10 }), client: client({ cut: 3 }), issuer: { cut: 10, stale: 10 } }), 'live')
  for (const cuts of [
    [11, 1, 1],
    [1, 11, 1],
    [1, 1, 11],
  ]) {
    assert.equal(life({ user: user({ cut: cuts[0]! }), client: client({ cut: cuts[1]! }), issuer: { cut: cuts[2]!, stale: 0 } }), 'cut')
  }
})

test('TK-8, IN-3: a client’s own token lives without user, session and grant, and dies by what hits its client or everybody', () => {
  const own = { usr: undefined, sid: undefined, gid: undefined }
  const alone = { user: undefined, session: undefined, grant: undefined }
  assert.equal(life(alone, own), 'live')
  assert.equal(life({ ...alone, client: client({ cut: 11 }) }, own), 'cut')
  assert.equal(life({ ...alone, issuer: { cut: 0, stale: 11 } }, own), 'stale')
  assert.equal(life({ ...alone, endedSeq: 11 }, own), 'token_ended')
})

test('P3, RF-6: a token without sid does not die with the session that it came from', () => {
  const offline = { grant: grant({ offline: true }) }
  assert.equal(life({ ...offline, session: session({ endedSeq: 11 }) }, { sid: undefined }), 'live')
  assert.equal(life({ ...offline, session: undefined }, { sid: undefined }), 'live')
})

test('SS-2: an expired token is dead to the second, by the database’s clock', () => {
  assert.equal(life({}, {}, (t0 / 1000 + 300) * 1000 - 1), 'live')
  assert.equal(life({}, {}, (t0 / 1000 + 300) * 1000), 'expired')
  assert.equal(life({ horizon: (t0 / 1000 + 300) * 1000 - 1 }), 'live', 'E3: what was forgotten before it, it may outlive')
})
