import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRights, lackOf, listOf, type Rights } from '../../src/checks/scope.ts'
import type { AccessTokenClaims } from '../../src/wire/index.ts'

const token = (claims: object) => claims as AccessTokenClaims
const lacks = (claims: object, needed: Rights) => checkRights(token(claims), needed)

test('JV-21: every scope that is needed must be held, each a whole word; given as a text or as a list', () => {
  for (const scope of ['a b', 'b a', '  a   b ', ['a', 'b'], 'a', '', []]) assert.equal(lacks({ scope: 'a b' }, { scope }), undefined)
  for (const scope of ['a c', ['a', 'c'], 'c', 'ab', 'A']) assert.equal(lacks({ scope: 'a b' }, { scope }), 'scope_missing')
  assert.equal(lacks({}, { scope: 'a' }), 'scope_missing')
  assert.equal(lacks({}, {}), undefined)
  assert.equal(lacks({ scope: '' }, { scope: ['a b'] }), 'scope_missing', 'a list is of whole scopes: nothing in it is parted')
  assert.equal(lacks({ scope: 'a b' }, { scope: ['a b'] }), 'scope_missing')
})

test('one of the roles is enough; without roles, or with none that is wanted, it is not', () => {
  for (const roles of ['admin', 'admin owner', ['owner', 'admin']])
    assert.equal(lacks({ roles: ['reader', 'admin'] }, { roles }), undefined)
  for (const roles of ['owner', ['owner', 'admi'], '', []]) assert.equal(lacks({ roles: ['reader', 'admin'] }, { roles }), 'role_missing')
  assert.equal(lacks({}, { roles: 'admin' }), 'role_missing')
  assert.equal(lacks({ roles: [] }, { roles: 'admin' }), 'role_missing')
  assert.equal(lacks({}, {}), undefined)
})

test('JV-19: a user is needed only where it is said; a scope that is missing as well is said after', () => {
  assert.equal(lacks({ usr: 'u' }, { user: true }), undefined)
  assert.equal(lacks({}, { user: true, scope: 'a' }), 'user_missing')
  assert.equal(lacks({}, { user: false }), undefined)
})

test('the log is told which scopes are missing, and no others', () => {
  assert.match(lackOf(token({ scope: 'a d' }), { scope: 'a b c d' }), /\bb c$/)
})

test('names are parted by spaces, however many', () => {
  assert.deepEqual(listOf(' a  b '), ['a', 'b'])
  assert.deepEqual(listOf(''), [])
  assert.deepEqual(listOf(['a b']), ['a b'])
})
