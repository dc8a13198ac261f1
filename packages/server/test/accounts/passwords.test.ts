import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPasswords } from '../../src/accounts/passwords.ts'
import { OAuthError } from '../../src/errors.ts'

test('LG-3: Argon2id at OWASP cost, salted, nothing cut off, NUL and Unicode stable', async () => {
  const passwords = openPasswords(2)
  const hash = await passwords.hash('correct horse battery staple')
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(await passwords.hash('correct horse battery staple'), hash)
  assert.ok(await passwords.check('correct horse battery staple', hash))
  const long = 'x'.repeat(1000)
  const ofLong = await passwords.hash(long)
  assert.ok(!(await passwords.check(long.slice(0, 999), ofLong)))
  assert.ok(!(await passwords.check(`${'x'.repeat(72)}y${'x'.repeat(927)}`, ofLong)), 'the 73rd character counts')
  const odd = await passwords.hash('a\u0000b')
  assert.ok(!(await passwords.check('a', odd)) && (await passwords.check('a\u0000b', odd)))
  assert.ok(await passwords.check('caf\u00e9', await passwords.hash('cafe\u0301')))
})

test('LG-1: for a name that nobody has the same work is done, and the answer is no', async () => {
  const passwords = openPasswords(2)
  assert.equal(await passwords.check('\u0000 nobody', undefined), false)
})

test('LG-3, RL-1: few hash at a time, a bounded number waits, and who comes beyond that is told when to come back', async () => {
  const passwords = openPasswords(1)
  const hash = await passwords.hash('correct horse battery staple')
  const asked = Array.from({ length: 300 }, () => passwords.check('wrong', hash))
  const refused = await Promise.allSettled(asked.slice(-20))
  for (const one of refused) {
    assert.ok(one.status === 'rejected' && one.reason instanceof OAuthError && one.reason.code === 'too_many_requests')
    assert.equal(one.status === 'rejected' && (one.reason as OAuthError).headers['retry-after'], '2')
  }
  assert.ok((await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled').length >= 256)
})
