import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cookieName, deleteSessionCookies, readCookie, setCookie } from '../../src/http/cookies.ts'

const https = { loopback: false }
const loopback = { loopback: true }
const value = 'k'.repeat(43)

test('BF-1: __Host- names, HttpOnly, Secure, Path=/, no Domain; Lax for the session, Strict for the token', () => {
  assert.equal(setCookie('session', value, https, 60), `__Host-curfew=${value}; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax`)
  assert.equal(setCookie('access', 'a.b.c', https, 300), '__Host-curfew-at=a.b.c; Max-Age=300; Path=/; HttpOnly; Secure; SameSite=Strict')
  for (const name of ['session', 'access', 'form'] as const) assert.doesNotMatch(setCookie(name, value, https), /Domain/i)
})

test('contract §6: on a loopback http issuer the names lose their prefix, and Secure goes', () => {
  assert.equal(setCookie('session', value, loopback), `curfew=${value}; Path=/; HttpOnly; SameSite=Lax`)
  assert.equal(cookieName('access', loopback), 'curfew-at')
})

test('ES-6: a deleted cookie has the same attributes, no value and no time left', () => {
  assert.deepEqual(deleteSessionCookies(https), [
    '__Host-curfew=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax',
    '__Host-curfew-at=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
  ])
})

test('BF-5: only our own name is read; what we never made is nothing', () => {
  const read = (cookie: string | undefined, settings = https) => readCookie({ headers: { cookie } }, 'session', settings)
  assert.equal(read(`a=b; __Host-curfew=${value}; c=d`), value)
  assert.equal(read(`curfew=${value}`), undefined) // tossed by a sibling subdomain without the prefix
  assert.equal(read(`__Host-curfew=${value}`, loopback), undefined)
  for (const bad of ['', 'a b', 'é', '%41', 'x'.repeat(5000), '"quoted"']) assert.equal(read(`__Host-curfew=${bad}`), undefined, bad)
  assert.equal(read(undefined), undefined)
  assert.equal(readCookie({ headers: { cookie: 'x=1' } }, 'access', https), undefined)
})
