import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { bearer, call, cookiesOf, curfew, password, startProgram } from '../../program.ts'

const cwd = join(import.meta.dirname, '..')

test('NestJS: a guard lets in by token, cookie, scope and role, and no longer after the sign-out (S9, S10, S12, S14)', async (t) => {
  const program = await startProgram(t, { cwd, argv: ['dist/main.js'] })
  const { url } = program
  const refused = await call('GET', `${url}/orders`)
  assert.deepEqual([refused.status, refused.body.error, refused.headers.has('www-authenticate')], [401, 'invalid_token', true])

  const { body: ada } = await call('POST', `${url}/sign-up`, {}, { identifier: 'ada', password, mode: 'token' })
  const as = bearer(ada.access_token)
  assert.deepEqual((await call('GET', `${url}/orders`, as)).body, { for: ada.user.sub, orders: [] })
  assert.deepEqual((await call('POST', `${url}/orders`, as, { what: 'a lantern' })).body, { what: 'a lantern' })
  assert.equal((await call('GET', `${url}/orders/all`, as)).status, 403)

  const page = { 'curfew-request': '1', origin: url }
  const cookie = cookiesOf(await call('POST', `${url}/session/sign-in`, page, { identifier: 'ada', password }))
  assert.equal((await call('POST', `${url}/orders`, { ...page, cookie }, { what: 'oil' })).status, 201)
  assert.equal((await call('POST', `${url}/orders`, { cookie, origin: 'http://elsewhere.example' }, { what: 'x' })).status, 403)
  curfew(cwd, program.database, 'users', 'roles', 'ada', 'admin')
  assert.equal((await call('GET', `${url}/orders/all`, { cookie })).status, 200)

  assert.equal((await call('POST', `${url}/session/sign-out`, as)).body.confirmed, true)
  assert.equal((await call('GET', `${url}/orders`, as)).status, 401)
  assert.equal((await call('POST', `${url}/session/sign-out`, { ...page, cookie })).body.confirmed, true)
  assert.equal((await call('GET', `${url}/orders`, { cookie })).status, 401)
  await program.stop()
})
