import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPlausible, normaliseIdentifier, normaliseMail, normalisePassword, weakness } from '../../src/domain/password-policy.ts'

const policy = { least: 15, identifier: 'ada', known: ['login.example.com', 'Ada Lovelace', 'tramline'] }

const short = 'A password has at least 15 characters. A few words in a row do well.'
const long = 'A password has at most 1000 characters.'
const named = 'The password is the name itself. Choose another one.'
const easy = 'This password is easy to guess: it is made of what many use, or of names that belong to it. A few words of your own do well.'
const sown = 'the beetroot that uncle Otto sowed beside a broken fence, long ago; '.repeat(15)

test('LG-4: length counts, in characters as people see them; no composition rules', () => {
  assert.equal(weakness('kohlrabi parsle', policy), undefined)
  assert.equal(weakness('kohlrabi parsl', policy), short)
  assert.equal(weakness('kohlrabi pa\u0301rsl', policy), short, 'an accent of its own is no character')
  assert.equal(weakness('kohlrabi kohlrabi', policy), undefined)
  assert.equal(weakness('🔑🌵🚲🎻🍋🐙🧦'.repeat(2), policy), short)
  assert.equal(weakness('🔑🌵🚲🎻🍋🐙🧦 kohlrabi', policy), undefined)
  assert.equal(weakness(sown.slice(0, 1000), policy), undefined)
  assert.equal(weakness(sown.slice(0, 1001), policy), long)
})

test('LG-4: a name is no password, in capitals neither', () => {
  const mail = 'ada.lovelace@example.com'
  for (const one of [mail, 'ADA.Lovelace@example.com']) assert.equal(weakness(one, { least: 15, identifier: mail, known: [] }), named)
  assert.equal(weakness('kohlrabi parsley', { least: 15, known: [] }), undefined)
})

test('LG-3: one form for what keyboards write differently, nothing cut off, NUL kept; 10 KB are not even hashed', () => {
  assert.equal(normalisePassword('cafe\u0301'), normalisePassword('caf\u00e9'))
  assert.equal(normalisePassword('a\u0000b'), 'a\u0000b')
  for (const [length, is] of [
    [0, false],
    [1, true],
    [1000, true],
    [2000, true],
    [2001, false],
    [10_000, false],
  ] as const)
    assert.equal(isPlausible('x'.repeat(length)), is, `${length}`)
})

test('LO-3, AZ-23: a name has one form, and no control or direction characters', () => {
  assert.equal(normaliseIdentifier('  Ada@Example.COM '), 'ada@example.com')
  assert.equal(normaliseIdentifier('ＡＤＡ'), 'ada')
  assert.equal(normaliseIdentifier(` ${'x'.repeat(254)} `), 'x'.repeat(254))
  assert.equal(normaliseIdentifier('ad a-_.+中'), 'ad a-_.+中')
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
    'a\u2028da',
    'a\u2029da',
    'ada\u007f',
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
  for (const one of common) assert.equal(weakness(one, policy), easy, one)
  // Without the words that belong to it: the same text is somebody's own.
  assert.equal(weakness('tramline tramline 7', { least: 15, known: [] }), undefined)
})

test('LG-4: a name gives away its parts, of letters and digits together, and itself', () => {
  const of = (password: string, ...known: string[]) => weakness(password, { least: 8, identifier: 'kohl4rabi.turnip', known })
  for (const one of ['kohl4rabi kohl4rabi', 'turnip-turnip', 'kohl4rabi.turnip7']) assert.equal(of(one), easy, one)
  assert.equal(of('kohlrabi kohlrabi'), undefined)
  assert.equal(of('Ökolampad 1815', 'Frau Ökolampad, geb. Müller'), easy)
  assert.equal(of('parsley parsnip', 'parsley', 'parsnip'), easy)
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
  for (const one of ['a@b.c', 'a.b+c@mail.example.co.uk', `${'x'.repeat(64)}@example.com`, 'ö@bücher.example'])
    assert.equal(normaliseMail(one), one)
  for (const sign of [...'@"\'(),:;<>[]\\'])
    for (const one of [`a${sign}a@example.com`, `ada@exa${sign}mple.com`, `ada@example.c${sign}m`])
      assert.equal(normaliseMail(one), undefined, one)
  const bad = ['ada', 'ada@', '@example.com', 'ada@example', 'a b@example.com', 'a,b@example.com', '<ada@example.com>', '"a"@example.com']
  for (const one of [
    ...bad,
    'ada@example.com\nBcc: eve@example.com',
    'ada@example.com.',
    'ada@example.c m',
    'ada@example.',
    'ada@.com',
    'ada@exa mple.com',
    'ada eve@example.com',
    'a@b@example.com',
    `${'x'.repeat(65)}@example.com`,
  ])
    assert.equal(normaliseMail(one), undefined, one)
})
