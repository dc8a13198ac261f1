import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { makeTestClock, makeTestIssuer } from '@curfew/verifier/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeApp } from '../orders.mjs'

const clock = makeTestClock() // stands still until it is told to go on
let issuer: ReturnType<typeof makeTestIssuer>
let verifier: ReturnType<typeof issuer.verifier>
let server: Server

beforeEach(async () => {
  issuer = makeTestIssuer({ world: clock })
  verifier = issuer.verifier()
  await verifier.ready()
  server = makeApp({ verifier }).listen(0)
  await once(server, 'listening')
})
afterEach(async () => {
  await verifier.close()
  server.close()
})

async function ask(token?: string, method = 'GET'): Promise<number> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const { port } = server.address() as AddressInfo
  return (await fetch(`http://127.0.0.1:${port}/orders`, { method, headers })).status
}

test('lets in whoever has the scope, and nobody else', async () => {
  expect(await ask()).toBe(401)
  expect(await ask('rubbish')).toBe(401)
  expect(await ask(issuer.token({ scope: 'orders:read' }))).toBe(200)
  expect(await ask(issuer.token({ scope: 'other' }))).toBe(403)
  expect(await ask(issuer.token({ scope: 'orders:read', aud: 'https://other.example' }))).toBe(401)
})

test('does not let in after the sign-out', async () => {
  const sid = 'c2Vzc2lvbi1vZi1hZGEtMQ'
  const token = issuer.token({ scope: 'orders:read', sid })
  expect(await ask(token)).toBe(200)
  await issuer.end({ sid })
  expect(await ask(token)).toBe(401)
})

test('deleting takes a role, and a password typed within five minutes', async () => {
  const now = Math.floor(clock.wall() / 1000)
  expect(await ask(issuer.token({ roles: ['admin'], auth_time: now - 10 }), 'DELETE')).toBe(204)
  expect(await ask(issuer.token({ auth_time: now - 10 }), 'DELETE')).toBe(403)
  expect(await ask(issuer.token({ roles: ['admin'], auth_time: now - 600 }), 'DELETE')).toBe(401)
})

test('a token expires, and the clock is the test’s', async () => {
  const token = issuer.token({ scope: 'orders:read' })
  expect(await ask(token)).toBe(200)
  await clock.advance(310_000)
  expect(await ask(token)).toBe(401)
})

test('refuses when the issuer is away for longer than the lease', async () => {
  const token = issuer.token({ scope: 'orders:read' })
  issuer.unplug()
  expect(await ask(token)).toBe(200)
  await clock.advance(6_000)
  expect(await ask(token)).toBe(503)
})
