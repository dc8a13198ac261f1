import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readConfig } from '../src/config.ts'
import { type CurfewOptions, createCurfew } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'curfew-config-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const good: CurfewOptions = { issuer: 'http://localhost:3000', audience: 'https://api.example.com', database: ':memory:' }
const web = { id: 'web', redirectUris: ['https://app.example/callback'] }
const key = 'k'.repeat(43)
const random = 'Zq8rW1pLx5tYb3nKv7cMj2hGf4dSa6e9'

/** What is changed in a good configuration → the sentence that stops the start. */
const refused: readonly (readonly [string, object, string])[] = [
  [
    'an issuer that is no URL',
    { issuer: 'login' },
    'The issuer "login" is not a URL. Give the address that people and services reach it at, e.g. https://login.example.com.',
  ],
  [
    'http, and not this machine',
    { issuer: 'http://login.example.com' },
    'The issuer http://login.example.com is not https. Only a loopback address (http://localhost:…) may do without.',
  ],
  [
    'http, and a host that only looks like this machine',
    { issuer: 'http://localhost.example.com' },
    'The issuer http://localhost.example.com is not https. Only a loopback address (http://localhost:…) may do without.',
  ],
  [
    'http at 0.0.0.0',
    { issuer: 'http://0.0.0.0:3000' },
    'The issuer http://0.0.0.0:3000 is not https. Only a loopback address (http://localhost:…) may do without.',
  ],
  [
    'another scheme',
    { issuer: 'ftp://login.example.com' },
    'The issuer ftp://login.example.com is not https. Only a loopback address (http://localhost:…) may do without.',
  ],
  ['a slash at the end', { issuer: 'https://login.example.com/' }, 'The issuer must not end with a slash: https://login.example.com.'],
  [
    'a query',
    { issuer: 'https://login.example.com/?a=b' },
    'The issuer https://login.example.com/?a=b may have no query and no fragment (RFC 8414 §2).',
  ],
  [
    'a fragment',
    { issuer: 'https://login.example.com/#a' },
    'The issuer https://login.example.com/#a may have no query and no fragment (RFC 8414 §2).',
  ],
  [
    'a password, which is not repeated',
    { issuer: `https://me:${random}@login.example.com` },
    'The issuer may have no user name and no password in it (RFC 8414 §2).',
  ],
  [
    'capitals in the host',
    { issuer: 'https://Login.Example.com' },
    'The issuer https://Login.Example.com must be written as https://login.example.com.',
  ],
  [
    'a port that goes without saying',
    { issuer: 'https://login.example.com:443' },
    'The issuer https://login.example.com:443 must be written as https://login.example.com.',
  ],
  ['a path without basePath', { issuer: 'https://example.com/login' }, "The issuer's path is /login, so basePath must be that, too."],
  [
    'a basePath that ends with a slash',
    { basePath: '/login/' },
    'The configuration is not right: basePath: must be empty, or begin with a slash and not end with one.',
  ],
  ['no audience', { audience: '' }, 'The configuration is not right: audience: Too small: expected string to have >=1 characters.'],
  [
    'no database',
    { database: undefined },
    'The configuration is not right: database: must be a file, postgres://…, a pool of connections to PostgreSQL, or { url or pool, listen, prepared, lanes }.',
  ],
  [
    'a database that is none of ours, whose password is not repeated',
    { database: `mysql://me:${random}@db/curfew` },
    'The configuration is not right: database: must be a file, postgres://…, a pool of connections to PostgreSQL, or { url or pool, listen, prepared, lanes }.',
  ],
  [
    'PostgreSQL with more lanes than there are',
    { database: { url: 'postgres://db/curfew', lanes: 5 } },
    'The configuration is not right: database.lanes: Too big: expected number to be <=4.',
  ],
  [
    'PostgreSQL by a URL and a pool',
    { database: { url: 'postgres://db/curfew', pool: { connect() {} } } },
    'The configuration is not right: database: needs url or pool, and not both.',
  ],
  ['a setting that is misspelt', { acounts: {} }, 'The configuration is not right: Unrecognized key: "acounts".'],
  [
    'a setting of accounts that is misspelt',
    { accounts: { signup: true } },
    'The configuration is not right: accounts: Unrecognized key: "signup".',
  ],
  [
    'accounts of the application, half',
    { accounts: { authenticate: async () => undefined } },
    'The configuration is not right: accounts.find: must be a function, beside authenticate.',
  ],
  [
    'passwords of four characters',
    { accounts: { passwordLength: 4 } },
    'The configuration is not right: accounts.passwordLength: Too small: expected number to be >=8.',
  ],
  [
    'an origin with a path',
    { origins: ['https://app.example.com/'] },
    'The configuration is not right: origins.0: must be an origin: scheme, host and port, nothing more.',
  ],
  [
    'every origin',
    { origins: ['*'] },
    'The configuration is not right: origins.0: must be an origin: scheme, host and port, nothing more.',
  ],
  [
    'an origin that others can change on the way',
    { issuer: 'https://login.example.com', origins: ['http://app.example.com'] },
    'The configuration is not right: origins: http://app.example.com is not https, and the issuer is.',
  ],
  [
    'access tokens of a day',
    { session: { accessLifetime: 86_400 } },
    'The configuration is not right: session.accessLifetime: Too big: expected number to be <=3600.',
  ],
  [
    'no session at all',
    { session: { maxSessions: 0 } },
    'The configuration is not right: session.maxSessions: Too small: expected number to be >=1.',
  ],
  ['a lease of an hour', { lease: 3_600_000 }, 'The configuration is not right: lease: Too big: expected number to be <=600000.'],
  [
    'a wildcard in a redirect',
    { clients: [{ ...web, redirectUris: ['https://*.example/callback'] }] },
    'The client web is not right: redirectUris.0: must not have a wildcard: register each address.',
  ],
  [
    'a redirect over http',
    { clients: [{ ...web, redirectUris: ['http://app.example/callback'] }] },
    'The client web is not right: redirectUris.0: must be https: only this machine (127.0.0.1, [::1], localhost) may go without.',
  ],
  [
    'a redirect that is a script',
    { clients: [{ ...web, redirectUris: ['javascript:alert(1)'] }] },
    'The client web is not right: redirectUris.0: must be https, or a private-use scheme with a dot in it, like com.example.app.',
  ],
  [
    'a redirect with a fragment',
    { clients: [{ ...web, redirectUris: ['https://app.example/#x'] }] },
    'The client web is not right: redirectUris.0: must not have a fragment.',
  ],
  [
    'a code client without a redirect',
    { clients: [{ id: 'web' }] },
    'The client web has the grant authorization_code, so it needs redirectUris.',
  ],
  [
    'a worker without a secret',
    { clients: [{ id: 'worker', grants: ['client_credentials'] }] },
    'The client worker has the grant client_credentials, so it needs a secret.',
  ],
  [
    'a short client secret',
    { clients: [{ ...web, secret: 'hunter2' }] },
    'The client web is not right: secret: must have at least 32 random characters (for example: openssl rand -base64 48).',
  ],
  [
    'a client secret of one letter',
    { clients: [{ ...web, secret: 'a'.repeat(40) }] },
    'The client web is not right: secret: must have at least 32 random characters (for example: openssl rand -base64 48).',
  ],
  [
    'TK-8: a client that could be taken for a user',
    { clients: [{ ...web, id: 'A'.repeat(22) }] },
    `The client ${'A'.repeat(22)} is not right: id: must not look like a user: 22 such characters are what users are called (TK-8).`,
  ],
  [
    'a grant that OAuth 2.1 left out',
    { clients: [{ ...web, grants: ['password'] }] },
    'The client web is not right: grants.0: Invalid option: expected one of "authorization_code"|"refresh_token"|"client_credentials".',
  ],
  [
    'a scope with a space',
    { clients: [{ ...web, scopes: ['a b'] }] },
    'The client web is not right: scopes.0: a scope has no spaces, quotes or backslashes (RFC 6749 §3.3).',
  ],
  [
    'a grace of an hour',
    { clients: [{ ...web, refreshGrace: 3600 }] },
    'The client web is not right: refreshGrace: Too big: expected number to be <=300.',
  ],
  ['two clients of one name', { clients: [web, web] }, 'The configuration is not right: clients: web is there twice.'],
  ['a client that is nothing', { clients: [null] }, 'The client is not right: expected object, received null.'],
  [
    'two services of one name',
    { services: [{ id: 'orders' }, { id: 'orders' }] },
    'The configuration is not right: services: orders is there twice.',
  ],
  [
    "a service of the issuer's own name",
    { services: [{ id: 'app' }] },
    'The service app is not right: id: is taken: `app` and `curfew` are in the issuer itself.',
  ],
  [
    'a key of another service',
    { services: [{ id: 'orders', key: `cfk_billing_${key}` }] },
    'The key of the service orders is not one: it reads cfk_orders_ and 43 characters. Make one: npx curfew services add orders',
  ],
  [
    'a short key',
    { services: [{ id: 'orders', key: 'cfk_orders_short' }] },
    'The key of the service orders is not one: it reads cfk_orders_ and 43 characters. Make one: npx curfew services add orders',
  ],
  [
    'a way to check that there is not',
    { services: [{ id: 'orders', checks: 'never' }] },
    'The service orders is not right: checks: Invalid option: expected one of "follow"|"introspect"|"none".',
  ],
]

for (const [what, change, sentence] of refused) {
  test(`AD-6: ${what} stops the start`, () => {
    assert.throws(() => createCurfew({ ...good, ...change } as CurfewOptions), { name: 'CurfewError', message: sentence })
  })
}

test('AD-6: what is wrong points at the line that made it, and at none of ours', () => {
  const refused = (() => {
    try {
      return createCurfew({ issuer: 'http://login.example.com', audience: 'a', database: ':memory:' })
    } catch (error) {
      return error
    }
  })() as Error
  const [sentence = '', first = ''] = refused.stack?.split('\n') ?? []
  assert.match(sentence, /^CurfewError: The issuer .* is not https/)
  assert.match(first, /config\.test\.ts/)
})

test('AD-6: what is right is taken: loopback hosts, paths, both kinds of accounts', () => {
  for (const issuer of [
    'http://localhost:3000',
    'http://127.0.0.1',
    'http://127.8.8.8:1',
    'http://[::1]:3000',
    'http://a.localhost:80'.replace(':80', ''),
  ])
    assert.equal(readConfig({ ...good, issuer }).settings.loopback, true, issuer)
  assert.equal(readConfig({ ...good, issuer: 'https://login.example.com' }).settings.loopback, false)
  assert.equal(readConfig({ ...good, issuer: 'https://example.com/login', basePath: '/login' }).settings.origin, 'https://example.com')
  const own = { authenticate: async () => undefined, find: async () => undefined }
  assert.equal(readConfig({ ...good, accounts: own }).settings.signUp, false)
  assert.equal(readConfig({ ...good, accounts: { signUp: true, passwordLength: 8 } }).settings.passwordLength, 8)
})

const secrets: readonly (readonly [string, Partial<CurfewOptions>, RegExp])[] = [
  [
    'none, and the issuer is not this machine',
    { issuer: 'https://login.example.com' },
    /^No master secret\. Set CURFEW_SECRET to at least 32 random characters/,
  ],
  ['a short one', { secret: 'hunter2' }, /^The master secret in CURFEW_SECRET is too weak: it needs at least 32 random characters/],
  ['an empty one', { secret: '' }, /^The master secret in CURFEW_SECRET is too weak/],
  ['a long one of few letters', { secret: 'abcabcabc'.repeat(8) }, /^The master secret in CURFEW_SECRET is too weak/],
]

for (const [what, change, sentence] of secrets) {
  test(`AD-6: a master secret: ${what}: stops the start, and leaves nothing behind`, () => {
    const database = join(folder, 'refused.db')
    assert.throws(() => createCurfew({ ...good, database, ...change }), { name: 'CurfewError', message: sentence })
    assert.deepEqual(readdirSync(folder), [])
  })
}

test('a database that cannot be opened leaves no key behind', () => {
  assert.throws(() => createCurfew({ ...good, database: join(folder, 'nowhere', 'curfew.db') }), {
    message: /^The folder of .* does not exist\. Make it, or name another file/,
  })
  assert.deepEqual(readdirSync(folder), [])
})

test('contract §7: without a secret, a loopback issuer makes one of mode 0600, says so, and finds it again', async () => {
  const database = join(folder, 'curfew.db')
  const said: string[] = []
  const quiet = { debug() {}, info() {}, warn: (_: object, message = '') => void said.push(message), error() {} }
  for (const starts of [1, 2]) {
    const curfew = createCurfew({ ...good, database, control: false, logger: quiet })
    await curfew.ready()
    await curfew.close()
    assert.equal(said.length, 1, `start ${starts}`)
  }
  assert.match(said[0]!, /^made a master secret in .*curfew\.db\.key; set CURFEW_SECRET/)
  assert.ok(existsSync(`${database}.key`))
  const wrong = { ...good, database, control: false, logger: quiet, secret: random } as const
  assert.throws(() => createCurfew(wrong), { name: 'CurfewError', message: /sealed under another master secret/ })
})
