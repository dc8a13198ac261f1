import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { bearer, call, cookiesOf, curfew, password, startProgram } from '../../program.ts'

const cwd = join(import.meta.dirname, '..')

const all = ['express.mjs', 'express.cjs', 'express4.mjs', 'express4.cjs', 'fastify.mjs', 'fastify.cjs', 'hono.mjs']
// Each takes a second; the long form has them all, from the sources and from the packed packages.
for (const file of process.env.CURFEW_FULL ? all : ['express.mjs', 'express4.cjs', 'fastify.mjs', 'hono.mjs']) {
  test(`${file}: sign up, call with a token and with cookies, sign out, a clean stop (questions S9, S10, S12, S14, S27)`, async (t) => {
    const program = await startProgram(t, { cwd, argv: [file] })
    const { url } = program
    const refused = await call('GET', `${url}/orders`)
    assert.deepEqual([refused.status, refused.headers.has('www-authenticate')], [401, true])

    const { body: ada } = await call('POST', `${url}/sign-up`, {}, { identifier: 'ada', password, mode: 'token' })
    const as = bearer(ada.access_token)
    assert.deepEqual((await call('GET', `${url}/orders`, as)).body, { for: ada.user.sub, orders: [] })
    assert.equal((await call('GET', `${url}/admin`, as)).status, 403)
    const made = await call('POST', `${url}/orders`, as, { what: 'a lantern' })
    assert.deepEqual([made.status, made.body], [201, { what: 'a lantern' }])

    const page = { 'curfew-request': '1', origin: url }
    const cookie = cookiesOf(await call('POST', `${url}/session/sign-in`, page, { identifier: 'ada', password }))
    assert.equal((await call('POST', `${url}/orders`, { ...page, cookie }, { what: 'oil' })).status, 201)
    assert.equal((await call('POST', `${url}/orders`, { cookie, origin: 'http://elsewhere.example' }, { what: 'x' })).status, 403)

    assert.equal((await call('POST', `${url}/session/sign-out`, as)).body.confirmed, true)
    assert.equal((await call('GET', `${url}/orders`, as)).status, 401)
    assert.equal((await call('GET', `${url}/orders`, { cookie })).status, 200)
    assert.match(curfew(cwd, program.database, 'revoke', '--user', 'ada'), /^ended/)
    assert.equal((await call('GET', `${url}/orders`, { cookie })).status, 401)
    await program.stop()
  })
}

test('orders.cjs: a service of its own, with require and Express 4, stops accepting with the sign-out (questions S3, S14)', async (t) => {
  const issuer = await startProgram(t, { cwd, argv: ['express.cjs'] })
  const printed = curfew(cwd, issuer.database, 'services', 'add', 'orders')
  const env = Object.fromEntries([...printed.matchAll(/^(CURFEW_\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]))
  const service = await startProgram(t, { cwd, argv: ['orders.cjs'], env })
  const { body: ada } = await call('POST', `${issuer.url}/sign-up`, {}, { identifier: 'ada', password, mode: 'token' })
  assert.equal((await call('GET', `${service.url}/orders`)).status, 401)
  const good = await call('GET', `${service.url}/orders`, bearer(ada.access_token))
  assert.deepEqual([good.status, good.body], [200, { for: ada.user.sub, orders: [] }])
  assert.equal((await call('POST', `${issuer.url}/session/sign-out`, bearer(ada.access_token))).body.confirmed, true)
  assert.equal((await call('GET', `${service.url}/orders`, bearer(ada.access_token))).status, 401)
  await service.stop()
  await issuer.stop()
})
