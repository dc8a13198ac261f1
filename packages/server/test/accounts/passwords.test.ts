import assert from 'node:assert/strict'
import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { test } from 'node:test'
import { hash as argon2 } from '@node-rs/argon2'
import { hash as bcrypt } from '@node-rs/bcrypt'
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

test('LG-2, LG-3: who is known waits behind no stranger, also where strangers fill their line', async () => {
  const passwords = openPasswords(1, 8)
  const stored = await passwords.hash('correct horse battery staple')
  await passwords.check('correct horse battery staple', stored) // the dummy is made
  let over = 0
  const strangers = Array.from({ length: 9 }, () => passwords.check('wrong', stored).finally(() => over++))
  await assert.rejects(passwords.check('wrong', stored), { code: 'too_many_requests' })
  assert.equal(await passwords.check('correct horse battery staple', stored, true), true)
  assert.equal(over, 1, 'only who was under way already')
  await passwords.hash('another one of mine', true)
  assert.equal(over, 2)
  await Promise.all(strangers)
})

test('LG-3, RL-1: the first check of all, while the queue is full, is refused, and the process goes on', async (t) => {
  const passwords = openPasswords(1, 2)
  const stored = await passwords.hash('correct horse battery staple')
  const unheard: unknown[] = []
  const hear = (error: unknown): void => void unheard.push(error)
  process.on('unhandledRejection', hear)
  t.after(() => process.removeListener('unhandledRejection', hear))
  const hashed = Array.from({ length: 3 }, () => passwords.hash('somebody signs up'))
  await assert.rejects(passwords.check('correct horse battery staple', stored), { code: 'too_many_requests' })
  await new Promise(setImmediate)
  assert.deepEqual(unheard, [])
  await Promise.all(hashed)
})

const password = 'correct horse battery staple'
const salt = Buffer.from('a salt of sixteen')
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
const dots = (bytes: Uint8Array): string => base64(bytes).replaceAll('+', '.')
const key = (rounds: number, length: number, digest: string, of: Uint8Array | string = salt) =>
  pbkdf2Sync(password, of, rounds, length, digest)

/** One password as other systems keep it. */
const foreign: Readonly<Record<string, string>> = {
  'bcrypt $2b$': await bcrypt(password, { cost: 4, version: '2b' }),
  'bcrypt $2a$': await bcrypt(password, { cost: 4, version: '2a' }),
  'bcrypt $2y$, of PHP': await bcrypt(password, { cost: 4, version: '2y' }),
  'scrypt, PHC': `$scrypt$ln=10,r=8,p=1$${base64(salt)}$${base64(scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 }))}`,
  'PBKDF2, PHC': `$pbkdf2-sha256$i=1000,l=32$${base64(salt)}$${base64(key(1000, 32, 'sha256'))}`,
  'PBKDF2, passlib': `$pbkdf2-sha512$1000$${dots(salt)}$${dots(key(1000, 64, 'sha512'))}`,
  'PBKDF2 with SHA-1, passlib': `$pbkdf2$1000$${dots(salt)}$${dots(key(1000, 20, 'sha1'))}`,
  'PBKDF2, Django': `pbkdf2_sha256$1000$SaltOfDjango$${key(1000, 32, 'sha256', 'SaltOfDjango').toString('base64')}`,
  'Argon2id of other costs': await argon2(password, { memoryCost: 4096, timeCost: 3, parallelism: 1 }),
  Argon2i: await argon2(password, { algorithm: 1, memoryCost: 4096, timeCost: 3, parallelism: 1 }),
}

for (const [name, stored] of Object.entries(foreign)) {
  test(`S22, LG-3: ${name}: taken, checked, and made new as Argon2id`, async () => {
    const passwords = openPasswords(2)
    assert.equal(await passwords.problemOf(stored), undefined)
    assert.equal(await passwords.check(password, stored), true)
    assert.equal(await passwords.check(`${password}.`, stored), false)
    const renewed = await passwords.renewed(password, stored)
    assert.match(renewed ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.equal(await passwords.check(password, renewed), true)
    assert.equal(await passwords.renewed(password, renewed ?? ''), undefined)
  })
}

test('S22: scrypt in modular-crypt form, by the published example of its inventor', async () => {
  const passwords = openPasswords(2)
  // RFC 7914 §12 has the same password and salt: the first 32 bytes of its third vector.
  const stored = '$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D'
  assert.equal(await passwords.problemOf(stored), undefined)
  assert.equal(await passwords.check('pleaseletmein', stored), true)
  assert.equal(await passwords.check('pleaseletmeIn', stored), false)
})

test('S22, LG-3: bcrypt knows 72 bytes and no zero byte: a longer password is checked as it was, and not made the password by chance', async () => {
  const passwords = openPasswords(2)
  const long = 'ä'.repeat(36) // 72 bytes
  const stored = await bcrypt(`${long} and more`, { cost: 4 })
  assert.equal(await passwords.check(`${long} and more`, stored), true)
  assert.equal(await passwords.renewed(`${long} and a slip`, stored), undefined)
  const short = await bcrypt('abc', { cost: 4 })
  assert.equal(await passwords.check('abc\u0000def', short), false)
  assert.equal(await passwords.check('abc', short), true)
})

test('S22: bcrypt in a spelling whose last letters have bits that mean nothing', async () => {
  const passwords = openPasswords(2)
  const alphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  const stored = await bcrypt('correct horse battery', { cost: 4 })
  const set = (at: number, bits: number) => alphabet[alphabet.indexOf(stored[at]!) | bits]
  const odd = `${stored.slice(0, 28)}${set(28, 15)}${stored.slice(29, 59)}${set(59, 3)}`
  assert.notEqual(odd, stored)
  assert.equal(await passwords.problemOf(odd), undefined)
  assert.equal(await passwords.check('correct horse battery', odd), true)
  assert.equal(await passwords.check('correct horse batterx', odd), false)
})

test('S22: a hash of what was typed, in whichever form the keyboard wrote it', async () => {
  const passwords = openPasswords(2)
  const stored = await bcrypt('cafe\u0301', { cost: 4 }) // decomposed
  assert.equal(await passwords.check('cafe\u0301', stored), true)
  assert.equal(await passwords.check('caf\u00e9', await bcrypt('caf\u00e9', { cost: 4 })), true)
})

test('S22, RL-1: what would cost too much, could be met by chance, is damaged or unknown is not taken; the hash is not in the words', async () => {
  const passwords = openPasswords(2)
  const body = `${base64(salt)}$${base64(Buffer.alloc(32, 7))}`
  const table: readonly (readonly [string, RegExp])[] = [
    [`$2b$15$${'a'.repeat(53)}`, /costs are so high/],
    [`$2x$10$${'a'.repeat(53)}`, /broken library/],
    [`$2b$03$${'a'.repeat(53)}`, /cannot be/],
    [`$scrypt$ln=22,r=8,p=1$${body}`, /costs are so high/],
    [`$scrypt$ln=17,r=8,p=16$${body}`, /costs are so high/],
    [`$scrypt$ln=14,r=0,p=1$${body}`, /cannot be/],
    [`$7$${'z'}zzzzzzzzzzsalt$${'a'.repeat(43)}`, /costs are so high/],
    [`$pbkdf2-sha256$i=999999999$${body}`, /costs are so high/],
    [`$pbkdf2-sha256$i=1000$${base64(salt)}$${base64(Buffer.alloc(8))}`, /length that cannot be/],
    [`$pbkdf2-sha256$i=0$${body}`, /cannot be/],
    [`$argon2id$v=19$m=4194304,t=1,p=1$${body}`, /costs are so high/],
    [`$argon2id$v=19$m=65536,t=999999,p=1$${body}`, /costs are so high/],
    [`$argon2id$v=19$m=0064,t=1,p=1$${body}`, /form is not known/],
    [`$scrypt$ln=16,r=1,p=1$${body}`, /cannot be/],
    [`$argon2d$v=19$m=65536,t=1,p=1$${body}`, /form is not known/],
    ['5f4dcc3b5aa765d61d8327deb882cf99', /form is not known/],
    ['{SSHA}c2FsdHNhbHQ', /form is not known/],
    ['a password in clear', /form is not known/],
    ['$2b$10$short', /form is not known/],
    ['x'.repeat(10_000), /longer than any/],
    ['', /form is not known/],
  ]
  for (const [stored, why] of table) {
    const problem = (await passwords.problemOf(stored)) ?? ''
    assert.match(problem, why, stored.slice(0, 40))
    assert.ok(stored.length < 8 || !problem.includes(stored))
    assert.equal(await passwords.check('anything', stored), false) // even if it were in the database
  }
})
