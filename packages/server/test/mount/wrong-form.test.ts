import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { protect as protectByVerifier } from '@curfew/verifier/express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { CurfewError } from '../../src/index.ts'
import { open } from '../endpoints/running.ts'

const running = await open()
const { curfew } = running
after(() => running.close())

// An unhandled rejection ends a process: here it fails the test.
const unhandled: unknown[] = []
process.on('unhandledRejection', (error) => unhandled.push(error))

// biome-ignore lint/suspicious/noExplicitAny: what frameworks hand in untyped.
const middleware = (): any => curfew.protect()

test("S14: the middleware with Fastify's request and reply is an error with a sentence, and not the end of the process", async () => {
  const app = Fastify()
  app.get('/hook', { onRequest: middleware() }, async () => [])
  // As a guard of NestJS calls it.
  app.get(
    '/guard',
    (request, reply) =>
      new Promise((resolve, reject) => middleware()(request, reply, (error: unknown) => (error ? reject(error) : resolve([])))),
  )
  const verifier = protectByVerifier({ verifier: curfew.verifier() })
  app.get('/verifier', { onRequest: verifier as never }, async () => [])
  for (const [path, sentence] of [
    ['/hook', /^curfew\.protect\(…\) is a middleware .* Fastify's reply: use curfew\.protect\(…\)\.fastify/],
    ['/guard', /await curfew\.protect\(…\)\.fastify\(request, reply\)/],
    ['/verifier', /Fastify takes the one of @curfew\/verifier\/fastify/],
  ] as const) {
    const { statusCode, body } = await app.inject(path)
    assert.equal(statusCode, 500)
    assert.match(JSON.parse(body).message, sentence)
  }
  await app.close()
  assert.deepEqual(unhandled, [])
})

test('S14: with a context of Hono, with a handler, with nothing, it throws at once', async () => {
  const app = new Hono()
  app.use(middleware())
  const thrown: unknown[] = []
  app.onError((error, c) => {
    thrown.push(error)
    return c.text('', 500)
  })
  assert.equal((await app.request('/')).status, 500)
  assert.match(String(thrown[0]), /Hono's context: use curfew\.protect\(…\)\.hono/)
  assert.throws(() => middleware()(() => Response.json([])), CurfewError)
  assert.throws(() => middleware()(), CurfewError)
  assert.deepEqual(unhandled, [])
})

test('S14: an answer that somebody sent meanwhile is an error of that request', async () => {
  const told = Promise.withResolvers<unknown>()
  const server = createServer((request, response) => {
    middleware()(request, response, told.resolve)
    response.end('too early')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  assert.equal(await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text(), 'too early')
  assert.match(String(await told.promise), /ERR_HTTP_HEADERS_SENT|headers after they are sent/)
  server.close()
  assert.deepEqual(unhandled, [])
})

test('S14: a prefix of Fastify is told in the log, as a path of Express is', async () => {
  const app = Fastify()
  app.register(curfew.fastify(), { prefix: '/auth' })
  await app.ready()
  await curfew.ready()
  const told = running.lines.filter(({ event }) => event === 'mounted_below_root')
  assert.deepEqual(
    told.map(({ level, at, msg }) => [level, at, /basePath: '\/auth'/.test(String(msg))]),
    [['warn', '/auth', true]],
  )
  await app.close()
})
