import assert from 'node:assert/strict'
import { test } from 'node:test'
import { corsHeaders, preflightHeaders } from '../../src/http/cors.ts'

const known = { origins: ['https://app.example.com'], isClientOrigin: async (origin: string) => origin === 'https://spa.test' }
const ask = (cors: Parameters<typeof corsHeaders>[1], origin?: string) => corsHeaders({ headers: { origin } }, cors, known)
const allowed = 'access-control-allow-origin'
const withCookies = 'access-control-allow-credentials'

test('contract §6: origins of clients may call; with cookies only those of the own site, and only at the session API', async () => {
  const client = await ask('clients', 'https://spa.test')
  assert.equal(client[allowed], 'https://spa.test')
  assert.equal(client[withCookies], undefined)
  assert.equal((await ask('session', 'https://spa.test'))[withCookies], undefined)
  assert.equal((await ask('session', 'https://app.example.com'))[withCookies], 'true')
  assert.equal((await ask('clients', 'https://app.example.com'))[withCookies], undefined)
})

test('an origin that nobody knows gets no permission; caches keep the answers apart', async () => {
  for (const origin of ['https://evil.test', 'null', 'https://spa.test.evil.test', undefined]) {
    assert.deepEqual(await ask('session', origin), { vary: 'Origin' }, origin)
  }
})

test('AZ-9: a route without CORS has no CORS headers for anybody', async () => {
  assert.deepEqual(await ask(undefined, 'https://spa.test'), {})
  assert.deepEqual(await ask('public', 'https://evil.test'), { [allowed]: '*' })
})

test('only a preflight is answered as one', () => {
  const ask = (method: string, headers: Record<string, string>) => preflightHeaders({ method, headers }, 'POST')
  const asking = { origin: 'https://spa.test', 'access-control-request-method': 'POST' }
  assert.equal(ask('OPTIONS', asking)?.['access-control-allow-methods'], 'POST')
  assert.match(ask('OPTIONS', asking)?.['access-control-allow-headers'] ?? '', /Curfew-Request/)
  assert.equal(ask('POST', asking), undefined)
  assert.equal(ask('OPTIONS', { origin: 'https://spa.test' }), undefined)
  assert.equal(ask('OPTIONS', {}), undefined)
})
