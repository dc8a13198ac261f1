import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentSecurityPolicy, formTarget } from '../../src/http/content-security-policy.ts'
import { checkLook, lookImages, lookStyles } from '../../src/pages/views/look.ts'
import { signInView } from '../../src/pages/views/sign-in-view.ts'
import { tookWords, waitWords } from '../../src/pages/views/words.ts'
import { frame } from './samples.ts'

test('an operator sets a few properties and the logo, and they reach the page', () => {
  const look = checkLook({
    name: 'Orders',
    logo: 'https://cdn.example.com/logo.svg',
    properties: { amber: '#0a7', radius: '2px', link: 'light-dark(#036, #9cf)' },
  })
  const document = signInView({ ...frame, look, action: '/sign-in', interaction: 'i', csrf: 'c' })
  assert.match(document, /:root:root:root \{ --amber: #0a7; --radius: 2px; --link: light-dark\(#036, #9cf\) \}/)
  assert.match(document, /<img class="logo" src="https:\/\/cdn\.example\.com\/logo\.svg" alt="">/)
  assert.deepEqual(lookImages(look), ['https://cdn.example.com'])
  assert.equal(lookStyles(undefined), '')
})

test('a look that could leave its place is refused at start, with a sentence', () => {
  for (const value of ['red; } body { display: none', '</style>', 'url(https://evil.example)', 'u\\72l(x)', '/* */ red', '@import x']) {
    assert.throws(() => checkLook({ properties: { amber: value } }), /look\.properties: the value of "amber"/, value)
  }
  assert.throws(() => checkLook({ properties: { paper: 'red' } as object }), /"paper" cannot be set\. These can: amber/)
  for (const logo of [
    'javascript:alert(1)',
    'http://x.example/a.png',
    '//x.example/a',
    'data:text/html,x',
    "https://x.example/'; script-src *",
  ]) {
    assert.throws(() => checkLook({ logo }), /look\.logo/, logo)
  }
})

test('AZ-9: the policy lets nothing be fetched, framed or run but what carries the nonce', () => {
  assert.equal(
    contentSecurityPolicy({
      nonce: 'n',
      formTargets: [formTarget('https://app.example.com/callback?x=1')],
      images: ['https://cdn.example.com'],
    }),
    "default-src 'none'; style-src 'nonce-n'; script-src 'nonce-n'; img-src data: https://cdn.example.com; form-action 'self' https://app.example.com; frame-ancestors 'none'; base-uri 'none'",
  )
})

test('RFC 8252: a native app is a form target by its scheme, a loopback one by its origin', () => {
  assert.equal(formTarget('com.example.app:/back'), 'com.example.app:')
  assert.equal(formTarget('http://127.0.0.1:4101/callback'), 'http://127.0.0.1:4101')
  assert.equal(formTarget('http://[::1]:4101/callback'), 'http:')
})

test('numbers come with units', () => {
  const took = [0, 4.06, 9.96, 41.2, 999.7, 3210, 59_960, 120_000, 125_000].map((ms) => tookWords(ms).replaceAll('\u00a0', ' '))
  assert.deepEqual(took, ['0.0 ms', '4.1 ms', '10 ms', '41 ms', '1.0 s', '3.2 s', '1 min', '2 min', '2 min 5 s'])
  assert.deepEqual([0, 1, 40, 119, 120, 300, 7200].map(waitWords), [
    '1 second',
    '1 second',
    '40 seconds',
    '119 seconds',
    '2 minutes',
    '5 minutes',
    '2 hours',
  ])
})
