import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPlausible, normaliseIdentifier, normalisePassword, weakness } from '../../src/domain/password-policy.ts'

test('LG-4: length counts, in characters as people see them; no composition rules', () => {
  assert.match(weakness('short', 'ada', 15) ?? '', /at least 15/)
  assert.equal(weakness('aaaaaaaaaaaaaaa', 'ada', 15), undefined)
  assert.match(weakness('🔑'.repeat(14), 'ada', 15) ?? '', /at least 15/)
  assert.equal(weakness('🔑'.repeat(15), 'ada', 15), undefined)
  assert.match(weakness('x'.repeat(1001), 'ada', 15) ?? '', /at most 1000/)
  assert.match(weakness('ada.lovelace@example.com', 'ada.lovelace@example.com', 15) ?? '', /name itself/)
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
  for (const bad of ['', '   ', 'a\nb', 'a\u0000', 'x'.repeat(255), 'ada\u202Eevil', 'a\u200bda', 'a\u00adda', 'a\u2066da'])
    assert.equal(normaliseIdentifier(bad), undefined, JSON.stringify(bad))
})
