import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVerifier } from '@curfew/verifier'
import { checkIssuer, readKey } from '../src/settings.ts'
import { makeScriptedTransport } from './scripted-transport.ts'

test('a key is an id and the last 43 characters, whatever the id is made of; a bad one is not repeated in the message', () => {
  const secret = `${'a_-'.repeat(14)}Z`
  assert.deepEqual(readKey(`cfk_orders_${secret}`), { id: 'orders', secret })
  assert.deepEqual(readKey(`cfk_my_api-2_${secret}`), { id: 'my_api-2', secret })
  for (const wrong of [
    '',
    'orders',
    `cfk_${secret}`,
    `cfk__${secret}`,
    `cfk_orders_${secret.slice(1, 30)}`,
    `cfk_or ders_${secret}`,
    `cfk_orders_${secret}\n`,
  ]) {
    assert.throws(
      () => readKey(wrong),
      (error: Error) => /npx curfew services add/.test(error.message) && !error.message.includes(secret.slice(0, 20)),
      JSON.stringify(wrong),
    )
  }
})

test('an issuer is https, or http on this machine; what else it may not be is said', () => {
  for (const good of [
    'https://login.example.com',
    'https://example.com/auth/',
    'http://localhost:4100',
    'http://127.0.0.1:3000',
    'http://[::1]:3',
    'http://issuer.localhost',
  ]) {
    assert.equal(checkIssuer(good), good)
  }
  for (const [wrong, words] of [
    [undefined, /No issuer\. .*CURFEW_ISSUER/],
    ['', /No issuer/],
    ['login.example.com', /not an address/],
    ['ftp://example.com', /not an address/],
    ['http://login.example.com', /without TLS/],
    ['http://127.0.0.1.example.com', /without TLS/],
    ['http://localhost.example.com', /without TLS/],
    ['https://example.com?x', /query/],
    ['https://example.com#x', /fragment/],
    ['https://me:pw@example.com', /user name/],
  ] as const) {
    assert.throws(() => checkIssuer(wrong), { name: 'VerifierSetupError', message: words })
  }
})

test('what is missing is said in a sentence that says what to do, before anything is sent', () => {
  const transport = makeScriptedTransport()
  const good = { issuer: 'https://i.example', audience: 'https://a.example', transport }
  for (const [change, words] of [
    [{ audience: '' }, /No audience\. .*CURFEW_AUDIENCE/],
    [{ transport: undefined }, /No key.*npx curfew services add.*CURFEW_KEY/],
    [{ onLeaseLost: 'hope' as 'accept' }, /onLeaseLost is "hope"\. It is one of introspect, refuse, accept/],
    [{ maxTokens: -1 }, /maxTokens/],
    [{ key: 'cfk_x' }, /The key is not one that Curfew made/],
  ] as const) {
    assert.throws(() => createVerifier({ ...good, ...change }), { name: 'VerifierSetupError', message: words })
  }
  assert.equal(transport.log.length, 0)
})
