import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkClaims } from '../../src/checks/claims.ts'

const expected = { issuer: 'https://issuer.example', audience: 'orders' }
const good = { iss: 'https://issuer.example', sub: 's', aud: 'orders', client_id: 'c', jti: 'j', iat: 1, exp: 2, pos: 0, seq: 0 }

test('JV-16, JV-18: issuer and audience are exactly the expected ones; what is malformed is said before', () => {
  assert.deepEqual(checkClaims({ ...good }, expected), { claims: good })
  assert.deepEqual(checkClaims({ ...good, iss: 'https://issuer.example/' }, expected), { problem: 'iss_wrong' })
  assert.deepEqual(checkClaims({ ...good, aud: 'payments' }, expected), { problem: 'aud_wrong' })
  assert.deepEqual(checkClaims({ ...good, iss: 'https://other.example', aud: 'payments', exp: '2' }, expected), {
    problem: 'exp_malformed',
  })
})

test('JV-26: claims are shared by requests, so nobody may change them, however deep', () => {
  const payload = { ...good, roles: ['reader'], custom: { limits: { orders: [1, { max: 2 }] }, none: null }, nothing: null }
  const checked = checkClaims(payload, expected)
  assert.ok('claims' in checked)
  const { claims } = checked
  const custom = claims.custom as typeof payload.custom
  for (const change of [
    () => {
      claims.sub = 'admin'
    },
    () => claims.roles!.push('admin'),
    () => {
      custom.limits = { orders: [] }
    },
    () => custom.limits.orders.push(3),
    () => {
      ;(custom.limits.orders[1] as { max: number }).max = 1000
    },
  ]) {
    assert.throws(change, TypeError)
  }
  assert.deepEqual(claims, { ...good, roles: ['reader'], custom: { limits: { orders: [1, { max: 2 }] }, none: null }, nothing: null })
})
