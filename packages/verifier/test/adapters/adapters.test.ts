import assert from 'node:assert/strict'
import { once } from 'node:events'
import type http from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { type ProtectOptions, protect as protectExpress, type RefusalError } from '@curfew/verifier/express'
import '@curfew/verifier/express/request'
import { protect as protectFastify } from '@curfew/verifier/fastify'
import '@curfew/verifier/fastify/request'
import { type Protected, protect as protectFetch } from '@curfew/verifier/fetch'
import { type ProtectVariables, protect as protectHono } from '@curfew/verifier/hono'
import { makeTestClock, makeTestIssuer } from '@curfew/verifier/testing'
import { serve } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { startIssuer } from '../scripted-issuer.ts'
import { adapterSuite, type Routes, type Running } from './suite.ts'

const express4 = createRequire(import.meta.url)('express4') as typeof express

async function running(server: http.Server): Promise<Running> {
  if (!server.listening) await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function expressProgram(make: typeof express) {
  return async ({ protectedPaths, streamPath, stream, metadata }: Routes) => {
    const app = make()
    app.use(protectExpress(metadata).metadata)
    for (const [path, options] of Object.entries(protectedPaths)) {
      app.get(path, protectExpress(options), (request, response) => {
        response.json({ sub: request.auth?.sub, valid: request.verdict?.valid() })
      })
    }
    app.get(streamPath, protectExpress(stream), (request, response) => {
      response.write('open')
      request.verdict?.signal.addEventListener('abort', () => response.end())
    })
    return running(app.listen(0, '127.0.0.1'))
  }
}

adapterSuite('Express 5', expressProgram(express))
adapterSuite('Express 4', expressProgram(express4))

adapterSuite('Fastify', async ({ protectedPaths, streamPath, stream, metadata }) => {
  const app = Fastify()
  app.addHook('onRequest', protectFastify(metadata).metadata)
  for (const [path, options] of Object.entries(protectedPaths)) {
    app.get(path, { onRequest: protectFastify(options) }, async ({ auth, verdict }) => {
      return { sub: auth?.sub, valid: verdict?.valid() }
    })
  }
  app.get(streamPath, { onRequest: protectFastify(stream) }, (request, reply) => {
    reply.hijack()
    reply.raw.write('open')
    request.verdict?.signal.addEventListener('abort', () => reply.raw.end())
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    url,
    async close() {
      app.server.closeAllConnections()
      await app.close()
    },
  }
})

const streamUntil = (signal: AbortSignal): Response => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('open'))
      signal.addEventListener('abort', () => controller.close())
    },
  })
  return new Response(body)
}

adapterSuite('Hono', async ({ protectedPaths, streamPath, stream, metadata }) => {
  const app = new Hono<{ Variables: ProtectVariables }>()
  app.use(protectHono(metadata).metadata)
  for (const [path, options] of Object.entries(protectedPaths)) {
    app.get(path, protectHono(options), (c) => c.json({ sub: c.get('auth').sub, valid: c.get('verdict').valid() }))
  }
  app.get(streamPath, protectHono(stream), (c) => streamUntil(c.get('verdict').signal))
  return running(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as http.Server)
})

adapterSuite('fetch', async ({ protectedPaths, streamPath, stream, metadata }) => {
  const about = protectFetch(metadata)
  const handlers = new Map<string, Protected>()
  for (const [path, options] of Object.entries(protectedPaths)) {
    const handler = protectFetch(options)((_, { auth, verdict }) => Response.json({ sub: auth.sub, valid: verdict.valid() }))
    handlers.set(path, handler)
  }
  handlers.set(
    streamPath,
    protectFetch(stream)((_, { verdict }) => streamUntil(verdict.signal)),
  )
  const fetch = async (request: Request, env: { incoming: http.IncomingMessage }) => {
    const handler = handlers.get(new URL(request.url).pathname)
    const known = about.metadata(request)
    return known ?? handler?.(request, { peer: { address: env.incoming.socket.remoteAddress } }) ?? new Response(null, { status: 404 })
  }
  return running(serve({ fetch: fetch as never, port: 0, hostname: '127.0.0.1' }) as http.Server)
})

test('Express: a refusal goes to next(error) with status, headers and code, and shows its reason only to who looks for it', async () => {
  const clock = makeTestClock()
  const issuer = makeTestIssuer({ world: clock })
  const verifier = issuer.verifier()
  await clock.advance(0)
  const guard = protectExpress({ verifier })
  const refused = (authorization: string) =>
    new Promise<RefusalError>((resolve) => {
      guard({ headers: { authorization } }, { setHeader() {}, end() {} }, (error) => resolve(error as RefusalError))
    })
  const error = await refused(issuer.bearer({ aud: 'https://other.example' }))
  assert.ok(error instanceof Error)
  assert.deepEqual(
    [error.name, error.status, error.statusCode, error.expose, error.code, error.verdict.reason],
    ['UnauthorizedError', 401, 401, true, 'invalid_token', 'aud_wrong'],
  )
  assert.match(error.headers['WWW-Authenticate']!, /^Bearer /)
  assert.ok(!`${JSON.stringify(error)} ${String(error)} ${error.message} ${error.stack}`.includes('aud_wrong'))
  assert.match(
    inspect(error),
    /^UnauthorizedError: .* \[401 invalid_token, aud_wrong: it is for another service\. To do: ask for one with this audience/,
    'on the console of whoever runs the service',
  )
})

test('types: claims of one’s own are known to the handler', () => {
  const issuer = makeTestIssuer()
  const guard = protectFetch<{ tenant: string }>({ verifier: issuer.verifier({ logger: { info() {}, warn() {}, error() {} } }) })
  guard((_, { auth }) => new Response(auth.tenant.toUpperCase() + auth.sub))
  // @ts-expect-error a claim that nobody declared is unknown, and cannot be used as a text
  guard((_, { auth }) => new Response(auth.colour.toUpperCase()))
  return guard.verifier.close()
})

test('protect: one follower a process for one issuer, audience and key, however often and from whichever framework; settings from the environment', async () => {
  const issuer = await startIssuer()
  const before = { ...process.env }
  process.env.CURFEW_ISSUER = issuer.url
  process.env.CURFEW_AUDIENCE = issuer.issuer.audience
  process.env.CURFEW_KEY = issuer.key
  try {
    const guards = [protectExpress(), protectExpress({ scope: 'a' }), protectFastify(), protectHono(), protectFetch({ maxAge: 5 })]
    await Promise.all(guards.map((guard) => guard.verifier.ready()))
    await issuer.issuer.end({ sid: 'x' })
    assert.equal(issuer.ids.size, 1)
    assert.throws(() => protectExpress({ onLeaseLost: 'refuse' }), /different onLeaseLost/)
    // JV-3: a setting that would have no effect is not passed over, least of all one that narrows what is accepted.
    assert.throws(() => protectFastify({ algorithms: ['Ed25519'] }), /different algorithms/)
    assert.throws(() => protectHono({ maxTokens: 0 }), /different maxTokens/)
    assert.throws(() => protectFetch({ resourceMetadata: 'https://api.example/r' }), /different resourceMetadata/)
    const handler = protectFetch()(() => new Response('in'))
    const answer = await handler(new Request('http://x', { headers: { authorization: issuer.issuer.bearer() } }))
    assert.equal(await answer.text(), 'in')
    await guards[0]!.verifier.close()
    assert.equal(issuer.released.length, 1)
    const anew = protectExpress()
    await anew.verifier.ready()
    assert.equal(issuer.ids.size, 2, 'after close, a new one with a new id (V2)')
    await anew.verifier.close()
  } finally {
    process.env = before
    await issuer.close()
  }
})

test('protect: what is missing is said where protect is called', () => {
  const { CURFEW_ISSUER, CURFEW_AUDIENCE, CURFEW_KEY, ...without } = process.env
  const before = process.env
  process.env = without
  try {
    assert.throws(() => protectExpress(), /No issuer\. .*CURFEW_ISSUER/)
    assert.throws(() => protectExpress({ issuer: 'https://i.example' }), /No audience\. .*CURFEW_AUDIENCE/)
    assert.throws(() => protectExpress({ issuer: 'https://i.example', audience: 'a' }), /No key.*CURFEW_KEY/)
    const maxAge = { maxAge: Number.NaN } satisfies ProtectOptions
    assert.throws(() => protectExpress(maxAge), /maxAge/)
  } finally {
    process.env = before
  }
})
