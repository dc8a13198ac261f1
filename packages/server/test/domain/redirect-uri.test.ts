import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
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
    ...['https://app.test/back/', 'https://app.test:443/back', 'https://APP.test/back', 'https://app.test/back?', 'https://app.test/back#'],
    ...['http://127.0.0.1:0/cb?x=1', 'http://127.0.0.1:080/cb?x=1', 'http://127.0.0.1:65536/cb?x=1', 'http://127.0.0.1:1@evil.test/cb?x=1'],
    ...[
      'http://127.0.0.1:1/cb?x=2',
      'http://127.0.0.1:1/cb',
      'https://127.0.0.1/cb?x=1',
      'http://127.0.0.2/cb?x=1',
      'http://127.0.0.1:/cb?x=1',
    ],
    ...[
      'http://127.0.0.1.evil.test/cb?x=1',
      'http://127a0b0c1/cb?x=1',
      'http://[::1]:1/cb/',
      'http://[::1]:9/cb?x=1',
      'http://127.0.0.1:9/cb',
    ],
    ...['xhttp://127.0.0.1:1/cb?x=1', 'http://localhost:3001/cb', 'com.example.app:/cb/x', ''],
  ]) {
    assert.equal(isRegisteredRedirect(registered, bad), false, bad)
  }
})

test('AZ-2: a loopback literal without a path', () => {
  const bare = ['http://127.0.0.1']
  for (const good of ['http://127.0.0.1', 'http://127.0.0.1:9']) assert.equal(isRegisteredRedirect(bare, good), true, good)
  for (const bad of [
    'http://127.0.0.1:9/',
    'http://127.0.0.1:9?',
    'http://127.0.0.1:9@evil.test',
    'http://127.0.0.1.evil.test',
    'http://[::1]:9',
  ])
    assert.equal(isRegisteredRedirect(bare, bad), false, bad)
})

test('AZ-7, RG-1: 2048 characters, and no more, even of one that is registered', () => {
  const [longest, longer] = [2048, 2049].map((length) => `https://app.test/${'x'.repeat(length - 17)}`)
  assert.ok(longest !== undefined && longer !== undefined)
  assert.deepEqual([isRegisteredRedirect([longest], longest), isRegisteredRedirect([longer], longer)], [true, false])
  assert.deepEqual([redirectUriProblem(longest), redirectUriProblem(longer)], [undefined, 'must have 1 to 2048 characters'])
})

const plain = 'must be plain ASCII without spaces, quotes, brackets or backslashes'
const absolute = 'must be an absolute URI with its scheme in lower case'
const spelled = 'must have its host in lower case, and a port without zeros before it'
const dots = 'must not have `.` or `..` in its path'
const secure = 'must be https: only this machine (127.0.0.1, [::1], localhost) may go without'
const own = 'must be https, or a private-use scheme with a dot in it, like com.example.app'
const problems: Readonly<Record<string, readonly string[]>> = {
  'must have 1 to 2048 characters': [''],
  [plain]: [
    'https://app.test\\@evil.test/',
    'https://app.test/ back',
    ' https://app.test/',
    'https://app.test/\n',
    'https://äpp.test/',
    'ä:/',
  ],
  'must not have a fragment': ['https://app.test/back#x', 'https://app.test/back#', 'com.example.app:/cb#'],
  'must not have a wildcard: register each address': ['https://*.app.test/back', 'https://app.test/*'],
  [absolute]: ['//app.test/back', '/back', 'HTTPS://app.test/', 'Https://app.test/', '1https://app.test/', 'https', ':https://app.test'],
  'must name a host': [
    'https:///back',
    'https:',
    'https:/',
    'https://',
    'https:app.test',
    'https:x//app.test/',
    'http:/127.0.0.1/',
    'https://?x',
  ],
  'must not have a user name or a password': ['https://user:password@app.test/', 'https://@app.test/', 'http://127.0.0.1:1@evil.test/'],
  [spelled]: [
    ...[
      'https://App.test/',
      'https://app.Test/',
      'https://app_x.test/',
      'https://app.test_/',
      'https://app.test:0443/',
      'https://app.test:/',
    ],
    ...[
      'https://app.test:123456/',
      'https://app.test:0/',
      'https://app.test:8x/',
      'https://[::1]x/',
      'https://x[::1]/',
      'https://[::G]/',
      'https://[]/',
    ],
  ],
  [dots]: [
    'https://app.test/../back',
    'https://app.test/a/./b',
    'https://app.test/..',
    'https://app.test/.?x',
    'https://./back',
    'https://../',
  ],
  [secure]: [
    'http://app.test/back',
    'http://127.0.0.1.evil.test/',
    'http://localhost.evil.test/',
    'http://app.test//localhost/',
    'http://127.0.0.2/',
  ],
  [own]: ['javascript:alert(1)', 'data:text/html,x', 'myapp:/cb', 'httpx://app.test/'],
}

test('RG-1, AD-6: what cannot be registered, and what is said of it', () => {
  for (const [problem, uris] of Object.entries(problems)) for (const uri of uris) assert.equal(redirectUriProblem(uri), problem, uri)
  for (const sign of [...'\\"<>^`{|}']) assert.equal(redirectUriProblem(`https://app.test/${sign}`), plain, sign)
})

test('RG-1: what can be registered', () => {
  for (const good of [
    ...registered,
    ...[
      'https://app.test',
      'https://a',
      'https://app.test:8443/a/b?c=d',
      'https://app-2.test:1/',
      'https://app.test:65535',
      'https://app.test?x',
    ],
    ...[
      'https://app.test/.well-known/x',
      'https://app.test/a./b',
      'https://app.test/a..',
      'https://app.test/...',
      'https://app.test/~!$&()+,;=',
    ],
    ...[
      'http://localhost',
      'http://localhost/cb',
      'http://localhost?x',
      'http://localhost:3000',
      'http://127.0.0.1',
      'http://[::1]:9',
      'https://localhost',
    ],
    ...['https://[2001:db8::1]/cb', 'https://[::ffff:192.0.2.1]:8443/', 'com.example.app://cb', 'a+b-c.9:x'],
  ]) {
    assert.equal(redirectUriProblem(good), undefined, good)
  }
})

test('AZ-20: what people are shown, and consent is remembered by', () => {
  assert.equal(redirectHost('https://app.test:8443/a?b=//c'), 'app.test:8443')
  assert.equal(redirectHost('https://app.test?b'), 'app.test')
  assert.equal(redirectHost('http://127.0.0.1:5555/cb'), '127.0.0.1')
  assert.equal(redirectHost('http://127.0.0.1/cb'), '127.0.0.1')
  assert.equal(redirectHost('http://[::1]:5555/cb'), '[::1]')
  assert.equal(redirectHost('http://[::1]/cb'), '[::1]')
  assert.equal(redirectHost('http://localhost:3000/cb'), 'localhost:3000')
  assert.equal(redirectHost('com.example.app:/cb'), 'com.example.app')
  assert.equal(redirectHost('com.example.app://cb'), 'com.example.app')
  for (const none of ['', '/back', '/back?to=https://evil.test', 'https:', 'https:/x', 'http://'])
    assert.equal(redirectHost(none), '', none)
})

test('RFC 6749 §4.1.2: parameters are added, the query stays, nothing leaves its value', () => {
  assert.equal(withParameters('https://a.test/b', { code: 'c&d=e#f', none: undefined }), 'https://a.test/b?code=c%26d%3De%23f')
  assert.equal(withParameters('https://a.test/b?x=1', { y: '2', z: '' }), 'https://a.test/b?x=1&y=2&z=')
  assert.equal(withParameters('https://a.test/b?', { y: '2' }), 'https://a.test/b?y=2')
  assert.equal(withParameters('https://a.test/b?x=1&', { y: '2' }), 'https://a.test/b?x=1&y=2')
  assert.equal(withParameters('https://a.test/b', { y: undefined }), 'https://a.test/b')
  fc.assert(
    fc.property(fc.constantFrom('', '?', '?x=1', '?x=1&'), fc.string({ unit: 'grapheme' }), fc.string(), (query, state, code) => {
      const { host, searchParams } = new URL(withParameters(`https://a.test/b${query}`, { code, state }))
      assert.deepEqual([host, searchParams.getAll('state'), searchParams.getAll('code')], ['a.test', [state], [code]])
    }),
    { numRuns: 200, seed: 1 },
  )
})
