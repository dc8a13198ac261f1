import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRegisteredRedirect, redirectHost, redirectUriProblem, withParameters } from '../../src/domain/redirect-uri.ts'

const registered = [
  'https://app.test/back',
  'http://127.0.0.1/cb?x=1',
  'http://[::1]:8080/cb',
  'http://localhost:3000/cb',
  'com.example.app:/cb',
]

test('AZ-2: exact, but for the port of a loopback literal', () => {
  for (const good of [
    ...registered,
    'http://127.0.0.1:1/cb?x=1',
    'http://127.0.0.1:65535/cb?x=1',
    'http://[::1]/cb',
    'http://[::1]:9/cb',
  ]) {
    assert.equal(isRegisteredRedirect(registered, good), true, good)
  }
  for (const bad of [
    'https://app.test/back/',
    'https://app.test:443/back',
    'https://APP.test/back',
    'https://app.test/back?',
    'https://app.test/back#',
    'http://127.0.0.1:0/cb?x=1',
    'http://127.0.0.1:080/cb?x=1',
    'http://127.0.0.1:65536/cb?x=1',
    'http://127.0.0.1:1@evil.test/cb?x=1',
    'http://127.0.0.1:1/cb?x=2',
    'http://127.0.0.1:1/cb',
    'https://127.0.0.1/cb?x=1',
    'http://127.0.0.2/cb?x=1',
    'http://127.0.0.1.evil.test/cb?x=1',
    'http://[::1]:1/cb/',
    'http://localhost:3001/cb',
    'com.example.app:/cb/x',
    `https://app.test/back${'x'.repeat(3000)}`,
    '',
  ]) {
    assert.equal(isRegisteredRedirect(registered, bad), false, bad)
  }
})

test('RG-1, AD-6: what cannot be registered', () => {
  for (const good of [
    ...registered,
    'https://app.test',
    'https://app.test:8443/a/b?c=d',
    'http://localhost/cb',
    'https://[2001:db8::1]/cb',
  ]) {
    assert.equal(redirectUriProblem(good), undefined, good)
  }
  for (const bad of [
    'http://app.test/back',
    'http://127.0.0.1.evil.test/',
    'http://localhost.evil.test/',
    'https://*.app.test/back',
    'https://app.test/*',
    'https://app.test/back#x',
    'https://user:password@app.test/',
    'https://App.test/',
    'https://app.test:0443/',
    'https://app.test/../back',
    'https://app.test/a/./b',
    'https://app.test\\@evil.test/',
    'https://app.test/ back',
    'https://äpp.test/',
    'https:///back',
    '//app.test/back',
    '/back',
    'HTTPS://app.test/',
    'javascript:alert(1)',
    'data:text/html,x',
    'myapp:/cb',
    '',
  ]) {
    assert.equal(typeof redirectUriProblem(bad), 'string', bad)
  }
})

test('AZ-20: what people are shown, and consent is remembered by', () => {
  assert.equal(redirectHost('https://app.test:8443/a?b=//c'), 'app.test:8443')
  assert.equal(redirectHost('http://127.0.0.1:5555/cb'), '127.0.0.1')
  assert.equal(redirectHost('http://[::1]:5555/cb'), '[::1]')
  assert.equal(redirectHost('http://localhost:3000/cb'), 'localhost:3000')
  assert.equal(redirectHost('com.example.app:/cb'), 'com.example.app')
})

test('RFC 6749 §4.1.2: parameters are added, the query stays, nothing leaves its value', () => {
  assert.equal(withParameters('https://a.test/b', { code: 'c&d=e#f', none: undefined }), 'https://a.test/b?code=c%26d%3De%23f')
  assert.equal(withParameters('https://a.test/b?x=1', { y: '2' }), 'https://a.test/b?x=1&y=2')
  assert.equal(withParameters('https://a.test/b?', { y: '2' }), 'https://a.test/b?y=2')
  assert.equal(withParameters('https://a.test/b', { y: undefined }), 'https://a.test/b')
})
