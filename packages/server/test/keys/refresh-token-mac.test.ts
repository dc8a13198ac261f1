import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { macRefreshTokens } from '../../src/keys/refresh-token-mac.ts'

const one = { number: 1, bytes: Uint8Array.from({ length: 32 }, (_, index) => index) }
const two = { number: 2, bytes: new Uint8Array(32).fill(0xaa) }
const gid = Buffer.from(Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index)).toString('base64url')

test('contract §3: the format, byte by byte', () => {
  const token = macRefreshTokens([one]).make(gid, 0x01020304)
  assert.equal(token, 'cfr_AQHw8fLz9PX29_j5-vv8_f7_AQIDBJWAEXWL9CuW9SuJBIB3sv17_ugu37NIj5O03u9Fj4Tw')
  // The same once more, put together from the words of the contract.
  const head = Buffer.concat([Buffer.of(1), Buffer.of(1), Buffer.from(gid, 'base64url'), Buffer.of(1, 2, 3, 4)])
  const mac = createHmac('sha256', one.bytes)
    .update(Buffer.concat([Buffer.from('curfew refresh v1'), head]))
    .digest()
  assert.equal(token, `cfr_${Buffer.concat([head, mac]).toString('base64url')}`)
  assert.match(token, /^cfr_[A-Za-z0-9_-]{72}$/)
})

test('what was made opens; generations from 0 to 2^32 - 1', () => {
  const tokens = macRefreshTokens([one])
  for (const generation of [0, 1, 255, 65_536, 0xffff_ffff])
    assert.deepEqual(tokens.open(tokens.make(gid, generation)), { gid, generation })
  for (const generation of [-1, 0.5, 2 ** 32, Number.NaN]) assert.throws(() => tokens.make(gid, generation), RangeError)
  for (const short of ['', 'AAAA', `${gid}AA`]) assert.throws(() => tokens.make(short, 0), TypeError)
})

test('RF-7: every change of a character is refused; each token has one spelling', () => {
  const tokens = macRefreshTokens([one, two])
  const token = tokens.make(gid, 7)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  for (let at = 0; at < token.length; at++) {
    for (const letter of [...alphabet, '+', '/', '=', ' ', 'é']) {
      if (letter !== token[at]) assert.equal(tokens.open(token.slice(0, at) + letter + token.slice(at + 1)), undefined)
    }
  }
  const wrong = [
    '',
    'cfr_',
    token.slice(0, -1),
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    token.slice(4),
    token.replace('cfr_', 'CFR_'),
    `cfa_${token.slice(4)}`,
  ]
  for (const presented of wrong) assert.equal(tokens.open(presented), undefined, presented)
  assert.equal(tokens.open('A'.repeat(1_000_000)), undefined)
})

test('contract §3: a token lives as long as its MAC key; new ones are made with the newest', () => {
  const old = macRefreshTokens([one]).make(gid, 1)
  const both = macRefreshTokens([one, two])
  assert.deepEqual(both.open(old), { gid, generation: 1 })
  const fresh = both.make(gid, 1)
  assert.notEqual(fresh, old)
  assert.equal(macRefreshTokens([one]).open(fresh), undefined)
  assert.equal(macRefreshTokens([two]).open(old), undefined) // the key was ended: all under it are refused
  // The number is under the MAC: a token of one key is none of another with the same number.
  assert.equal(macRefreshTokens([{ number: 1, bytes: two.bytes }]).open(old), undefined)
})
