import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentSecurityPolicy, formTarget } from '../../src/http/content-security-policy.ts'

test('AZ-9: the policy lets nothing be fetched, framed or run but what carries the nonce', () => {
  assert.equal(
    contentSecurityPolicy({
      nonce: 'n',
      formTargets: [formTarget('https://app.example.com/callback?x=1')],
    }),
    "default-src 'none'; style-src 'nonce-n'; script-src 'nonce-n'; img-src data:; form-action 'self' https://app.example.com; frame-ancestors 'none'; base-uri 'none'",
  )
})

test('RFC 8252: a native app is a form target by its scheme, a loopback one by its origin', () => {
  assert.equal(formTarget('com.example.app:/back'), 'com.example.app:')
  assert.equal(formTarget('http://127.0.0.1:4101/callback'), 'http://127.0.0.1:4101')
  assert.equal(formTarget('http://[::1]:4101/callback'), 'http:')
})
