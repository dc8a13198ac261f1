import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPlausible, normaliseIdentifier, normaliseMail, normalisePassword, weakness } from '../../src/domain/password-policy.ts'

const policy = { least: 15, identifier: 'ada', known: ['login.example.com', 'Ada Lovelace', 'tramline'] }

test('LG-4: length counts, in characters as people see them; no composition rules', () => {
  assert.match(weakness('short', policy) ?? '', /at least 15/)
  assert.equal(weakness('kohlrabi kohlrabi', policy), undefined)
  assert.match(weakness('🔑🌵🚲🎻🍋🐙🧦'.repeat(2), policy) ?? '', /at least 15/)
  assert.equal(weakness('🔑🌵🚲🎻🍋🐙🧦 kohlrabi', policy), undefined)
  assert.match(weakness('x'.repeat(1001), policy) ?? '', /at most 1000/)
  assert.match(weakness('ada.lovelace@example.com', { least: 15, identifier: 'ada.lovelace@example.com' }) ?? '', /name itself/)
})

test('LG-3: one form for what keyboards write differently, nothing cut off, NUL kept; 10 KB are not even hashed', () => {
  assert.equal(normalisePassword('cafe\u0301'), normalisePassword('caf\u00e9'))
  assert.equal(normalisePassword('a\u0000b'), 'a\u0000b')
  assert.ok(isPlausible('x'.repeat(1000)))
  assert.ok(!isPlausible('x'.repeat(10_000)))
  assert.ok(!isPlausible(''))
})

test('LO-3, AZ-23: a name has one form, and no control or direction characters', () => {
  assert.equal(normaliseIdentifier('  Ada@Example.COM '), 'ada@example.com')
  assert.equal(normaliseIdentifier('ＡＤＡ'), 'ada')
  for (const bad of [
    '',
    '   ',
    'a\nb',
    'a\u0000',
    'x'.repeat(255),
    'ada\u202Eevil',
    'a\u200bda',
    'a\u00adda',
    'a\u2066da',
    'ada\ud800',
    '\udc00',
  ])
    assert.equal(normaliseIdentifier(bad), undefined, JSON.stringify(bad))
})

const common = [
  ...['aaaaaaaaaaaaaaa', '123456789012345', 'qwertyuiopasdfghjkl', 'zyxwvutsrqponmlk', '1q2w3e4r5t6y7u8i', 'abcabcabcabcabcab'],
  ...[
    'Password12345678!',
    'P@ssw0rdP@ssw0rd',
    'iloveyou iloveyou iloveyou',
    'summer2024summer2024!',
    'adminadmin123456789',
    'Liverpool-Liverpool',
  ],
  ...['login.example.com2026', 'lovelace-1815-1815', 'tramline tramline 7', 'ＰＡＳＳＷＯＲＤ１２３４５６７８'],
]

test('LG-4: what many use, and what the account, the site or the operator gives away, is refused, however it is written', () => {
  for (const one of common) assert.match(weakness(one, policy) ?? '', /easy to guess/, one)
  // Without the words that belong to it: the same text is somebody's own.
  assert.equal(weakness('tramline tramline 7', { least: 15 }), undefined)
})

test('LG-4: a few words of one own, random characters, digits, any script: all are taken', () => {
  const fine = [
    ...['correct horse battery staple', 'my favourite summer garden', 'password, but with words of my own', 'x7Gk2pQ9rT4mW8zB'],
    ...['8472 9301 5566 1209 3344', 'Der alte Kahn liegt am Ufer', '中文密码是一句很长的话不容易猜'],
  ]
  for (const one of fine) assert.equal(weakness(one, policy), undefined, one)
})

test('LG-4: the longest password is looked at in no time', () => {
  const began = performance.now()
  for (const one of ['ab1'.repeat(333), 'qazwsxedc'.repeat(111), '1'.repeat(999)]) weakness(one, policy)
  assert.ok(performance.now() - began < 500)
})

test('LO-3: a mail address has one form, and nothing that a header or a list could misread', () => {
  assert.equal(normaliseMail(' Ada@Example.COM '), 'ada@example.com')
  assert.equal(normaliseMail('ﬁona@example.com'), 'fiona@example.com')
  const bad = ['ada', 'ada@', '@example.com', 'ada@example', 'a b@example.com', 'a,b@example.com', '<ada@example.com>', '"a"@example.com']
  for (const one of [
    ...bad,
    'ada@example.com\nBcc: eve@example.com',
    'ada@example.com.',
    'a@b@example.com',
    `${'x'.repeat(65)}@example.com`,
  ])
    assert.equal(normaliseMail(one), undefined, one)
})
