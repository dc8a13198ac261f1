import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import express5 from 'express'
// @ts-expect-error: the same package under another name has no types of its own
import express4 from 'express4'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { nodeListener } from '../../src/http/node.ts'
import { expressMount } from '../../src/mount/express.ts'
import { fastifyMount } from '../../src/mount/fastify.ts'
import { honoMount } from '../../src/mount/hono.ts'
import { toy } from '../http/toy-handle.ts'

const closers: (() => unknown)[] = []
after(() => Promise.all(closers.map((close) => close())))

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  closers.push(() => server.close().closeAllConnections())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const { handle } = toy()
const warnings: string[] = []
const mounted = () => expressMount(handle, { basePath: '' }, (_facts, message) => warnings.push(message))

/** The host application's own route, which sees the body that it was sent. */
type App = {
  use: (...given: unknown[]) => unknown
  post: (path: string, run: (req: { body: unknown }, res: { json(value: unknown): void }) => void) => unknown
}
const own = (app: App) => app.post('/own', (req, res) => res.json({ own: req.body ?? null }))

const servers: [string, () => Promise<string>][] = []
for (const [name, make] of [
  ['Express 4', express4],
  ['Express 5', express5],
] as [string, typeof express5][]) {
  servers.push(
    [
      `${name}, before the parsers`,
      async () => {
        const app = make()
        app.use(mounted(), make.json(), make.urlencoded({ extended: true }))
        own(app as never)
        return serve(app)
      },
    ],
    [
      `${name}, after the parsers`,
      async () => {
        const app = make()
        app.use(make.json(), make.urlencoded({ extended: true }), mounted())
        own(app as never)
        return serve(app)
      },
    ],
    [
      `${name}, after express.json() alone`,
      async () => {
        const app = make()
        app.use(make.json(), mounted(), make.urlencoded({ extended: false }))
        own(app as never)
        return serve(app)
      },
    ],
    [
      `${name}, after raw and text parsers`,
      async () => {
        const app = make()
        app.use(make.raw({ type: 'application/x-www-form-urlencoded' }), make.text({ type: 'application/json' }), mounted())
        app.use((req: { body: unknown }, _res: unknown, next: () => void) => {
          if (typeof req.body === 'string') req.body = JSON.parse(req.body)
          next()
        })
        own(app as never)
        return serve(app)
      },
    ],
  )
}
servers.push(
  [
    'Fastify',
    async () => {
      const app = Fastify()
      closers.push(() => app.close())
      app.register(fastifyMount(handle))
      app.post('/own', async (request) => ({ own: request.body ?? null }))
      return app.listen({ host: '127.0.0.1', port: 0 })
    },
  ],
  [
    'Hono',
    async () => {
      const app = new Hono()
      app.use(honoMount(handle))
      app.post('/own', async (c) => c.json({ own: await c.req.json() }))
      return serve(getRequestListener(app.fetch))
    },
  ],
  [
    'Hono, after a middleware that read the body',
    async () => {
      const app = new Hono()
      app.use(async (c, next) => {
        await c.req.text()
        await next()
      }, honoMount(handle))
      app.post('/own', async (c) => c.json({ own: await c.req.json() }))
      return serve(getRequestListener(app.fetch))
    },
  ],
  [
    'node:http',
    async () => {
      const listener = nodeListener(handle)
      return serve((req, res) =>
        listener(req, res, () => {
          req.toArray().then((parts) => res.end(JSON.stringify({ own: JSON.parse(Buffer.concat(parts).toString()) })))
        }),
      )
    },
  ],
)

for (const [name, open] of servers) {
  test(`${name}: what is ours is answered, the rest goes on untouched`, async () => {
    const base = await open()
    const post = (path: string, type: string, body: string) =>
      fetch(base + path, { method: 'POST', headers: { 'content-type': type }, body })
    const valueIn = async (answer: Response) => ((await answer.json()) as { value?: string }).value

    const got = await fetch(`${base}/tell/x?y=1`)
    assert.deepEqual(await got.json(), { method: 'GET', path: '/tell/x', query: 'y=1', value: 'x', peer: '127.0.0.1' })
    assert.deepEqual(got.headers.getSetCookie(), ['one=1; Path=/', 'two=2; Path=/'])
    assert.match(got.headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(await valueIn(await post('/form', 'application/x-www-form-urlencoded', 'a=x+y')), 'x y')
    assert.equal(await valueIn(await post('/json', 'application/json', '{"a":"z"}')), 'z')

    const twice = await post('/form', 'application/x-www-form-urlencoded', 'a=1&a=2')
    assert.deepEqual([twice.status, ((await twice.json()) as { error: string }).error], [400, 'invalid_request'])
    const json = await post('/form', 'application/json', '{"a":"1"}')
    assert.equal(json.status, 415)
    assert.equal((await fetch(`${base}/form`)).status, 405)
    assert.equal((await post('/break', 'application/json', '{}')).status, 500)
    const head = await fetch(`${base}/tell/x`, { method: 'HEAD' })
    assert.deepEqual([head.status, await head.text()], [200, ''])

    const passed = await post('/own', 'application/json', '{"b":1}')
    assert.deepEqual(await passed.json(), { own: { b: 1 } })
  })
}

test('Express: mounted below the root, it says so once, and what to do', async () => {
  const app = express5()
  app.use('/auth', mounted())
  const base = await serve(app)
  assert.equal((await fetch(`${base}/auth/tell/x`)).status, 404)
  await fetch(`${base}/auth/tell/x`)
  assert.deepEqual(warnings, [
    "curfew.express() is mounted at /auth: mount it without a path, app.use(curfew.express()), and set basePath: '/auth'.",
  ])
})

test("LG-6: the caller's address is what the application trusts, never a header by itself", async () => {
  const seen = async (base: string) => {
    const answer = await fetch(`${base}/tell/x`, { headers: { 'x-forwarded-for': '6.6.6.6' } })
    return ((await answer.json()) as { peer: string }).peer
  }
  for (const make of [express4, express5] as (typeof express5)[]) {
    for (const [trust, address] of [
      [false, '127.0.0.1'],
      ['loopback', '6.6.6.6'],
    ] as const) {
      const app = make()
      app.set('trust proxy', trust)
      app.use(mounted())
      assert.equal(await seen(await serve(app)), address)
    }
  }
  for (const [trustProxy, address] of [
    [false, '127.0.0.1'],
    [true, '6.6.6.6'],
  ] as const) {
    const app = Fastify({ trustProxy })
    closers.push(() => app.close())
    app.register(fastifyMount(handle))
    assert.equal(await seen(await app.listen({ host: '127.0.0.1', port: 0 })), address)
  }
})
