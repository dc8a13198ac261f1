import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRouter, type Placed, type Route } from '../../src/http/router.ts'

const endpoint = async () => ({ status: 200, headers: {} })
const row = (method: Route<unknown>['method'], path: string): Route<unknown> => ({ method, path, endpoint, definedIn: 'here' })
const table = [
  row('GET', '/sessions'),
  row('DELETE', '/sessions'),
  row('DELETE', '/sessions/{sid}'),
  row('POST', '/token'),
  row('GET', '/.well-known/openid-configuration'),
]
const root: Placed = { issuer: 'https://a.test', origin: 'https://a.test', basePath: '' }
const below: Placed = { issuer: 'https://a.test/auth.x', origin: 'https://a.test', basePath: '/auth.x' }

test('exact paths, methods, and what Allow says', () => {
  const find = createRouter(table, root)
  assert.equal(find('/sessions')?.allow, 'GET, DELETE, HEAD')
  assert.equal(find('/token')?.allow, 'POST')
  assert.equal(find('/token')?.methods.get('GET'), undefined)
})

test('nothing is reached by a second name', () => {
  const find = createRouter(table, root)
  for (const path of [
    '/token/',
    '//token',
    '/Token',
    '/./token',
    '/%74oken',
    '/token;x',
    '/x/../token',
    '',
    '/sessions/',
    '/sessions/a/b',
  ]) {
    assert.equal(find(path), undefined, path)
  }
})

test('parameters are one segment, decoded', () => {
  const find = createRouter(table, root)
  assert.deepEqual(find('/sessions/a%2Fb')?.params, { sid: 'a/b' })
  assert.equal(find('/sessions/a%2Fb')?.pattern, '/sessions/{sid}')
  assert.equal(find('/sessions/%E0%A4%A')?.params.sid, undefined)
})

test('MD-1: metadata of an issuer with a path is there inserted (RFC 8414 §3.1) and appended (OpenID Connect Discovery §4)', () => {
  const find = createRouter(table, below)
  assert.ok(find('/.well-known/openid-configuration/auth.x'))
  assert.ok(find('/auth.x/.well-known/openid-configuration'))
  assert.equal(find('/.well-known/openid-configuration'), undefined)
  assert.ok(createRouter(table, root)('/.well-known/openid-configuration'))
})

test('contract §4: basePath moves all but the well-known paths', () => {
  const find = createRouter(table, below)
  assert.ok(find('/auth.x/token'))
  assert.deepEqual(find('/auth.x/sessions/s')?.params, { sid: 's' })
  assert.equal(find('/token'), undefined)
  assert.equal(find('/authzx/token'), undefined)
  assert.equal(find('/authzx/sessions/s'), undefined)
  const moved = createRouter(table, { ...root, basePath: '/auth' })
  assert.ok(moved('/.well-known/openid-configuration'))
  assert.ok(moved('/auth/token'))
})
