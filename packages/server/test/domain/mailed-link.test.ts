import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGoodLink, isReachable, type LinkPurpose, linkLifetimes, type MailedLink } from '../../src/domain/mailed-link.ts'
import { t0, user } from './rows.ts'

const mail = 'ada@example.com'
const owner = user({ mail, mailVerified: true })
const link = (over: Partial<MailedLink> = {}): MailedLink => ({
  hash: 'hash',
  sub: 'sub-1',
  purpose: 'reset',
  mail,
  pos: 10,
  createdAt: t0,
  expiresAt: t0 + 1,
  ...over,
})
const isGood = (over: Partial<MailedLink> = {}, of: Parameters<typeof user>[0] | undefined = {}, cut = 0, now = t0) =>
  isGoodLink(link(over), over.purpose ?? 'reset', { user: { ...owner, ...of }, issuer: { cut } }, now)

test('PR-1: how long a link is good, an hour at most', () => {
  assert.deepEqual(linkLifetimes, { reset: 1800, verify: 3600, sign_in: 900 })
})

test('PR-1: good for its purpose and its person, until its end, and not after anything that cut them (P2)', () => {
  const held = { user: owner, issuer: { cut: 0 } }
  for (const purpose of ['reset', 'verify', 'sign_in'] as const) {
    assert.equal(isGood({ purpose }), true, purpose)
    assert.equal(isGood({ purpose }, {}, 0, t0 + 1), false, `${purpose}: at its very end`)
    assert.equal(isGood({ purpose }, { disabled: true }), false)
    assert.equal(isGood({ purpose }, { deleted: true }), false)
    assert.equal(isGood({ purpose }, { cut: 11 }), false)
    assert.equal(isGood({ purpose }, {}, 11), false)
    assert.equal(isGood({ purpose }, { cut: 10 }, 10), true, 'a cut from before it was asked for')
    assert.equal(isGoodLink(undefined, purpose, held, t0), false)
    assert.equal(isGoodLink(link({ purpose }), purpose, { ...held, user: undefined }, t0), false)
    for (const other of ['reset', 'verify', 'sign_in'] as const)
      assert.equal(isGoodLink(link({ purpose }), other, held, t0), other === purpose, `${purpose} as ${other}`)
  }
})

test('PR-1: a link to an address that is theirs no more opens nothing; one that proves an address may be to a new one', () => {
  const moved = { mail: 'new@example.com' }
  assert.equal(isGood({ purpose: 'reset' }, moved), false)
  assert.equal(isGood({ purpose: 'sign_in' }, moved), false)
  assert.equal(isGood({ purpose: 'verify' }, moved), true)
  for (const purpose of ['reset', 'sign_in'] as const) assert.equal(isGood({ purpose }, { mailVerified: false }), false, purpose)
  assert.equal(isGood({ purpose: 'reset' }, { mailVerified: false, identifier: mail }), true)
})

test('PR-1: mail reaches who an account is where the address was verified; for a new password, also where it is their name', () => {
  const reaches = (over: Parameters<typeof user>[0]) =>
    (['reset', 'sign_in'] satisfies LinkPurpose[]).map((purpose) => isReachable(user(over), purpose))
  assert.deepEqual(reaches({ mail, mailVerified: true }), [true, true])
  assert.deepEqual(reaches({ mail, mailVerified: false }), [false, false])
  assert.deepEqual(reaches({ mail }), [false, false])
  assert.deepEqual(reaches({ mail, identifier: mail }), [true, false])
  assert.deepEqual(reaches({ identifier: mail, mailVerified: true }), [false, false])
  assert.deepEqual(reaches({ mail, mailVerified: true, deleted: true }), [false, false])
  assert.deepEqual(reaches({ mail, mailVerified: true, disabled: true }), [false, false])
  assert.equal(isReachable(undefined, 'reset'), false)
})
