import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { bearer, call, cookiesOf, curfew, freePort, password, startProgram } from '../../program.ts'

const cwd = join(import.meta.dirname, '..')
const next = join(dirname(createRequire(import.meta.url).resolve('next/package.json')), 'dist/bin/next')

test('Next.js: route handlers, a page and a folder behind proxy.ts, by token and by cookie, until the sign-out (S9, S10, S12, S14)', async (t) => {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const env = { CURFEW_ISSUER: url, PORT: String(port), NEXT_TELEMETRY_DISABLED: '1', NEXT_MANUAL_SIG_HANDLE: 'true' }
  const program = await startProgram(t, { cwd, argv: [next, 'start', '--hostname', 'localhost'], env, says: /Ready in/ })

  assert.equal((await call('GET', `${url}/.well-known/openid-configuration`)).body.issuer, url)
  assert.equal((await call('GET', `${url}/api/orders`)).status, 401)
  const door = await call('GET', `${url}/account`)
  assert.deepEqual([door.status, door.headers.get('location')], [307, '/auth/account'])
  const wrong = await call('PUT', `${url}/auth/session/sign-in`)
  assert.deepEqual([wrong.status, wrong.headers.get('allow'), wrong.body.error], [405, 'POST', 'method_not_allowed'])

  const { body: ada } = await call('POST', `${url}/auth/sign-up`, {}, { identifier: 'ada', password, mode: 'token' })
  const as = bearer(ada.access_token)
  assert.deepEqual((await call('GET', `${url}/api/orders`, as)).body, { for: ada.user.sub, orders: [] })

  const page = { 'curfew-request': '1', origin: url }
  const signedIn = await call('POST', `${url}/auth/session/sign-in`, page, { identifier: 'ada', password })
  const cookie = cookiesOf(signedIn)
  assert.match((await call('GET', `${url}/`, { cookie })).body, /You are signed in\./)
  assert.match((await call('GET', `${url}/account`, { cookie })).body, new RegExp(`Account of .*ada.*${ada.user.sub}`))
  for (const path of ['/api/orders', '/api/orders/7', '/account', '/account/help'])
    assert.match((await call('GET', url + path, { cookie })).headers.get('cache-control') ?? '', /^private,.*no-store/, path)
  assert.deepEqual((await call('GET', `${url}/api/orders/7?q=oil`, as)).body, { id: '7', for: ada.user.sub, query: 'oil' })
  assert.equal((await call('POST', `${url}/api/orders`, { ...page, cookie }, { what: 'oil' })).status, 201)
  assert.equal((await call('POST', `${url}/api/orders`, { cookie, origin: 'http://elsewhere.example' }, { what: 'x' })).status, 403)

  // Only the session's cookie is left: the access token is renewed inside the request, by the proxy, too.
  const session = cookie.split('; ').find((one) => one.startsWith('curfew='))!
  const renewed = await call('GET', `${url}/account`, { cookie: session })
  assert.deepEqual([renewed.status, renewed.headers.getSetCookie().length], [200, 1])

  assert.match(curfew(cwd, program.database, 'revoke', '--user', 'ada'), /^ended/)
  assert.equal((await call('GET', `${url}/api/orders`, as)).status, 401)
  assert.equal((await call('GET', `${url}/api/orders`, { cookie })).status, 401)
  assert.equal((await call('GET', `${url}/account`, { cookie })).status, 307)
  assert.match((await call('GET', `${url}/`, { cookie })).body, /Sign in/)
  await program.stop()
})
