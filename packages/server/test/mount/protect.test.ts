import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import express5 from 'express'
// @ts-expect-error: the same package under another name has no types of its own
import express4 from 'express4'
import Fastify from 'fastify'
import { Hono } from 'hono'
import type { Curfew } from '../../src/index.ts'
import { type Browser, browser, call, device, newName } from '../endpoints/calling.ts'
import { open, password } from '../endpoints/running.ts'

const closers: (() => unknown)[] = []
after(async () => {
  for (const close of closers.reverse()) await close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  closers.push(() => server.close().closeAllConnections())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An application with Curfew in it: `/me` for anybody who is signed in, `/admin` for a role, `/fresh` for a sign-in of the last minute. */
type Host = (curfew: Curfew) => Promise<string>

function expressHost(make: typeof express5, isFirst: boolean): Host {
  return (curfew) => {
    const app = make()
    const parsers = [make.json(), make.urlencoded({ extended: true })]
    const mounted = curfew.express()
    app.use(...(isFirst ? [mounted, ...parsers] : [...parsers, mounted]))
    // biome-ignore lint/suspicious/noExplicitAny: what the middleware put there is what the test is about.
    const me = (req: any, res: any) => res.json({ sub: req.auth.sub, outcome: req.verdict.outcome })
    app.all('/me', curfew.protect(), me)
    app.all('/admin', curfew.protect({ roles: ['admin'] }), me)
    app.all('/fresh', curfew.protect({ maxAge: 60 }), me)
    // biome-ignore lint/suspicious/noExplicitAny: an error handler as people write it.
    app.use((error: any, _req: unknown, res: any, _next: unknown) =>
      res.status(error.status).json({ error: error.code, reason: error.reason }),
    )
    return serve(app)
  }
}

const hosts: [string, Host][] = [
  ['Express 4, before the parsers', expressHost(express4, true)],
  ['Express 4, after the parsers', expressHost(express4, false)],
  ['Express 5, before the parsers', expressHost(express5, true)],
  ['Express 5, after the parsers', expressHost(express5, false)],
  [
    'Fastify',
    async (curfew) => {
      const app = Fastify()
      closers.push(() => app.close())
      app.register(curfew.fastify())
      app.setErrorHandler((error: Error & { statusCode: number; code: string; reason?: string }, _request, reply) =>
        reply.code(error.statusCode).send({ error: error.code, reason: error.reason }),
      )
      // biome-ignore lint/suspicious/noExplicitAny: what the hook put there is what the test is about.
      const me = async ({ auth, verdict }: any) => ({ sub: auth.sub, outcome: verdict.outcome })
      app.all('/me', { onRequest: curfew.protect().fastify }, me)
      app.all('/admin', { onRequest: curfew.protect({ roles: ['admin'] }).fastify }, me)
      app.all('/fresh', { onRequest: curfew.protect({ maxAge: 60 }).fastify }, me)
      return app.listen({ host: '127.0.0.1', port: 0 })
    },
  ],
  [
    'Hono',
    async (curfew) => {
      const app = new Hono<{ Variables: { auth: { sub: string }; verdict: { outcome: string } } }>()
      app.use(curfew.hono())
      app.use('/me', curfew.protect().hono)
      app.use('/admin', curfew.protect({ roles: ['admin'] }).hono)
      app.use('/fresh', curfew.protect({ maxAge: 60 }).hono)
      for (const path of ['/me', '/admin', '/fresh']) {
        app.all(path, (c) => c.json({ sub: c.get('auth').sub, outcome: c.get('verdict').outcome }))
      }
      return serve(getRequestListener(app.fetch))
    },
  ],
  [
    'fetch',
    async (curfew) => {
      const me = (_request: Request, { auth, verdict }: { auth: { sub: string }; verdict: { outcome: string } }) =>
        Response.json({ sub: auth.sub, outcome: verdict.outcome })
      const own: Record<string, (request: Request) => Promise<Response>> = {
        '/me': curfew.protect().fetch(me),
        '/admin': curfew.protect({ roles: ['admin'] }).fetch(me),
        '/fresh': curfew.protect({ maxAge: 60 }).fetch(me),
      }
      return serve(getRequestListener((request) => (own[new URL(request.url).pathname] ?? curfew.fetch)(request)))
    },
  ],
]

for (const [name, host] of hosts) {
  test(`${name}: protect, by token and by cookie`, async (t) => {
    const running = await open()
    closers.push(() => running.close())
    const base = await host(running.curfew)
    const page = browser(base)
    const own = { origin: running.issuer }
    const identifier = newName()
    const signedUp = await page.call('POST', '/sign-up', { identifier, password }, own)
    assert.equal(signedUp.status, 201, JSON.stringify(signedUp.body))
    const { sub } = signedUp.body.user
    const phone = await device({ ...running, issuer: base }, identifier)

    await t.test('by token; refusals are 401 and 403 with their challenge and code', async () => {
      const good = await phone.call('GET', '/me')
      assert.deepEqual([good.status, good.body], [200, { sub, outcome: 'accepted' }])
      const nobody = await call(base, 'GET', '/me')
      assert.deepEqual([nobody.status, nobody.body.error], [401, 'invalid_token'])
      assert.match(nobody.headers.get('www-authenticate') ?? '', /^Bearer realm=/)
      assert.equal((await call(base, 'GET', '/me', undefined, { authorization: 'Bearer x' })).status, 401)
      const forbidden = await phone.call('GET', '/admin')
      assert.deepEqual([forbidden.status, forbidden.body.error], [403, 'insufficient_scope'])
      // A token needs no CSRF proof.
      assert.equal((await phone.call('POST', '/me', {}, { 'sec-fetch-site': 'cross-site', origin: 'http://evil.test' })).status, 200)
    })

    await t.test('by cookie; the token is renewed inside the request where it is missing, expired or stale', async () => {
      assert.deepEqual((await page.call('GET', '/me')).body, { sub, outcome: 'accepted' })
      const again = (await page.call('GET', '/me')).headers
      assert.deepEqual([again.getSetCookie(), again.get('cache-control')], [[], 'private, no-store'])
      assert.equal((await phone.call('GET', '/me')).headers.get('cache-control'), null)
      await renews(page, () => void page.jar.delete('curfew-at'))
      await renews(page, () => running.advance(320_000))
      await renews(page, () => running.curfew.stale({ user: sub }))
      // A right that it lacks is no reason to renew.
      const forbidden = await page.call('GET', '/admin')
      assert.deepEqual([forbidden.status, forbidden.headers.getSetCookie()], [403, []])
    })

    await t.test('parallel requests with an old token do not fight', async () => {
      running.advance(320_000)
      const answers = await Promise.all(Array.from({ length: 20 }, () => page.call('GET', '/me')))
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    })

    await t.test('BF-4: a cookie alone changes nothing', async () => {
      for (const headers of [{ 'curfew-request': '' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
        const { status, body } = await page.call('POST', '/me', {}, headers)
        assert.deepEqual([status, body.error], [403, 'csrf'])
      }
      assert.equal((await page.call('POST', '/me', {})).status, 200)
    })

    await t.test('RFC 9470: maxAge asks for a fresh sign-in', async () => {
      const { status, body, headers } = await page.call('GET', '/fresh')
      assert.deepEqual([status, body.error], [401, 'insufficient_user_authentication'])
      assert.match(headers.get('www-authenticate') ?? '', /max_age="60"/)
      await page.call('POST', '/session/sign-in', { identifier, password })
      assert.equal((await page.call('GET', '/fresh')).status, 200)
    })

    await t.test('after a sign-out elsewhere both are refused, and the browser is told why', async () => {
      const jar = new Map(page.jar)
      await page.call('POST', '/session/sign-out')
      for (const [key, value] of jar) page.jar.set(key, value)
      const { status, body } = await page.call('GET', '/me')
      assert.deepEqual([status, body.error, body.reason], [401, 'session_ended', 'signed_out'])
      await running.curfew.end({ user: sub })
      assert.equal((await phone.call('GET', '/me')).status, 401)
    })
  })
}

/** The token in the cookie is over: the request is answered all the same, and the browser has a new one. */
async function renews(page: Browser, spoil: () => unknown): Promise<void> {
  await spoil()
  const { status, headers } = await page.call('GET', '/me')
  assert.equal(status, 200)
  const [line, ...more] = headers.getSetCookie()
  assert.match(line ?? '', /^curfew-at=eyJ.*; HttpOnly; SameSite=Strict$/)
  assert.deepEqual(more, [])
  assert.equal(headers.get('cache-control'), 'private, no-store')
  assert.deepEqual((await page.call('GET', '/me')).headers.getSetCookie(), [])
}
