import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { after, test } from 'node:test'
import { MAX_BODY } from '../../src/http/body.ts'
import { fetchHandler } from '../../src/http/fetch.ts'
import { nodeListener } from '../../src/http/node.ts'
import { toy } from './toy-handle.ts'

const servers: Server[] = []
after(() => servers.map((server) => server.close().closeAllConnections()))

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const made = toy()
const base = await serve(nodeListener(made.handle))
const overFetch = fetchHandler(made.handle)

/** The same request by both ways in. */
const ways: [string, (path: string, init?: RequestInit) => Promise<Response>][] = [
  ['node', (path, init) => fetch(base + path, init)],
  ['fetch', (path, init) => overFetch(new Request(`http://other.test${path}`, init), { peer: { address: '127.0.0.1' } })],
]

for (const [way, call] of ways) {
  test(`${way}: method, path, query, peer, body and cookies arrive, and leave`, async () => {
    const answer = await call('/tell/a%20b?x=1&x=2')
    assert.equal(answer.status, 200)
    assert.deepEqual(await answer.json(), { method: 'GET', path: '/tell/a%20b', query: 'x=1&x=2', value: 'a b', peer: '127.0.0.1' })
    assert.deepEqual(answer.headers.getSetCookie(), ['one=1; Path=/', 'two=2; Path=/'])
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    const posted = await call('/form', { method: 'POST', headers: form, body: 'a=1' })
    assert.equal(((await posted.json()) as { value: string }).value, '1')
  })

  test(`${way}, TK-1: a wrong method is 405 with Allow, a wrong type 415, nothing there 404`, async () => {
    const wrong = await call('/form')
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST'])
    assert.equal(((await wrong.json()) as { error: string }).error, 'method_not_allowed')
    assert.equal((await call('/form', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status, 415)
    assert.equal((await call('/form', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'a=1' })).status, 415)
    assert.equal((await call('/nothing')).status, 404)
    assert.equal((await call('/tell/a', { method: 'OPTIONS' })).status, 405)
  })

  test(`${way}, TK-1: a body that is too long is 413`, async () => {
    const long = `a=${'x'.repeat(MAX_BODY)}`
    const answer = await call('/form', { method: 'POST', headers: form, body: long })
    assert.equal(answer.status, 413)
    assert.equal(((await answer.json()) as { error: string }).error, 'content_too_large')
    const fits = await call('/form', { method: 'POST', headers: form, body: long.slice(0, MAX_BODY) })
    assert.equal(fits.status, 200)
  })

  test(`${way}: HEAD is GET without its body`, async () => {
    const answer = await call('/tell/a', { method: 'HEAD' })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'application/json')
    assert.equal(await answer.text(), '')
  })

  test(`${way}, LO-1, TK-13: a refusal tells its code, anything unexpected nothing; both have a request id that the log has, too`, async () => {
    const refused = await call('/refuse', { method: 'POST' })
    assert.equal(refused.status, 400)
    const { request_id: id, ...body } = (await refused.json()) as Record<string, string>
    assert.deepEqual(body, { error: 'invalid_grant', error_description: 'Not any more.' })
    const line = made.lines.at(-1)
    assert.partialDeepStrictEqual(line, {
      method: 'POST',
      route: '/refuse',
      status: 400,
      request_id: id,
      error: 'invalid_grant',
      reason: 'ended',
    })

    const broken = await call('/break', { method: 'POST' })
    assert.equal(broken.status, 500)
    assert.doesNotMatch(await broken.text(), /canary/)
    assert.match(JSON.stringify(made.lines.at(-1)), /the inner story/)
  })

  test(`${way}, LO-1, LO-3: the log has the route's pattern, never path, query or a method that we do not know`, async () => {
    await call('/tell/canary1?token=canary2')
    await call('/tell/canary3', { method: 'PURGE' })
    const written = JSON.stringify(made.lines.slice(-2))
    assert.match(written, /\/tell\/\{id\}/)
    assert.doesNotMatch(written, /canary|PURGE/i)
  })

  test(`${way}, contract §6: preflight and CORS, at refusals too`, async () => {
    const ask = (path: string, origin: string) =>
      call(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
    const good = await ask('/form', 'http://spa.test')
    assert.deepEqual([good.status, good.headers.get('access-control-allow-origin')], [204, 'http://spa.test'])
    const bad = await ask('/form', 'http://evil.test')
    assert.equal(bad.headers.get('access-control-allow-origin'), null)
    assert.equal(bad.headers.get('access-control-allow-methods'), null)
    const refused = await call('/form', { method: 'POST', headers: { origin: 'http://spa.test' } })
    assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [400, 'http://spa.test'])
    const withCookies = await ask('/json', 'http://app.test')
    assert.equal(withCookies.headers.get('access-control-allow-credentials'), 'true')
  })
}

test('MD-5: Host and X-Forwarded-* change nothing that an endpoint sees', async () => {
  const seen = async (headers: Record<string, string>) => {
    const asking = httpRequest(`${base}/tell/a`, { headers })
    asking.end()
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]
    return Buffer.concat(await answer.toArray()).toString()
  }
  const plain = await seen({})
  assert.equal(
    await seen({ host: 'evil.test', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https', 'x-forwarded-for': '6.6.6.6' }),
    plain,
  )
})

test('MD-5, AD-6: on this machine an issuer at a port that nobody asked at is said once, and only in the log', async () => {
  const asked = async (issuer: string, loopback: boolean, hosts: (string | undefined)[]) => {
    const { handle, lines } = toy({ issuer, loopback })
    for (const host of hosts) {
      const headers = host === undefined ? {} : { host }
      const peer = { address: '127.0.0.1' }
      const at = { method: 'GET', path: '/tell/a', query: '', headers, peer, closed: () => new AbortController().signal }
      const answer = await handle({ ...at, readBody: () => ({ kind: 'bytes', bytes: new Uint8Array(0) }) })
      assert.equal(answer?.status, 200)
    }
    return lines.filter(({ event }) => event === 'issuer.port').map(({ port }) => port)
  }
  const here = 'http://localhost:3000'
  assert.deepEqual(await asked(here, true, [undefined, 'localhost:4000', 'localhost:5000']), ['4000'])
  assert.deepEqual(await asked(here, true, ['127.0.0.1:3000', 'localhost:4000']), [], 'the first request tells')
  assert.deepEqual(await asked(here, true, ['evil\n.test']), ['80'])
  assert.deepEqual(await asked('http://localhost', true, ['[::1]', 'localhost']), [])
  assert.deepEqual(await asked('https://login.test', false, ['localhost:4000']), [])
})

/** Sends bytes as they are, and gives back all that comes until the other side closes. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(base).port), '127.0.0.1')
  socket.write(text)
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  await once(socket, 'close')
  return Buffer.concat(parts).toString()
}

test('RFC 9112 §3.2.2: an absolute-form target is the path in it', async () => {
  const answer = await raw('GET http://evil.test/tell/a?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  assert.match(answer, /"path":"\/tell\/a","query":"b"/)
})

test('RL-1: a body that says that it is long is refused unread, and the connection ends', async () => {
  const answer = await raw(`POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n`)
  assert.match(answer, /^HTTP\/1\.1 413 /)
  assert.match(answer, /connection: close/i)
})

test('RL-1: a body that does not come is given up after a while', async () => {
  const slow = toy()
  const at = await serve(nodeListener(slow.handle))
  const socket = connect(Number(new URL(at).port), '127.0.0.1')
  socket.write('POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\na=')
  let text = ''
  socket.on('data', (part) => {
    text += part
  })
  while (slow.timers.length === 0) await new Promise(setImmediate)
  slow.timers[0]!()
  await once(socket, 'close')
  assert.match(text, /^HTTP\/1\.1 408 /)
  assert.match(text, /"request_timeout"/)
})

test('a caller that goes away aborts the held request', async () => {
  const held = toy()
  const at = await serve(nodeListener(held.handle))
  const written = new Promise<Record<string, unknown>>((resolve) => {
    held.onLine = resolve
  })
  const socket = connect(Number(new URL(at).port), '127.0.0.1')
  socket.write('GET /held HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(servers.at(-1)!, 'request')
  socket.destroy()
  assert.partialDeepStrictEqual(await written, { route: '/held', status: 200 })
})

test('a caller that goes away in the middle of its body is no failure of ours', async () => {
  const broken = toy()
  const at = await serve(nodeListener(broken.handle))
  const written = new Promise<Record<string, unknown>>((resolve) => {
    broken.onLine = resolve
  })
  const socket = connect(Number(new URL(at).port), '127.0.0.1')
  socket.write('POST /form HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\na=')
  await once(servers.at(-1)!, 'request')
  socket.destroy()
  assert.partialDeepStrictEqual(await written, { route: '/form', status: 400, reason: 'body_aborted' })
})

test('request ids differ', async () => {
  const before = made.lines.length
  await Promise.all(Array.from({ length: 200 }, () => overFetch(new Request('http://other.test/tell/a'))))
  const ids = made.lines.slice(before).map(({ request_id: id }) => String(id))
  assert.equal(new Set(ids).size, 200)
  for (const id of ids) assert.match(id, /^[\w-]{12}$/)
})

test('an IPv4 caller has one address, whatever the socket calls it', async () => {
  const told = async (address: string) => {
    const answer = await overFetch(new Request('http://other.test/tell/a'), { peer: { address } })
    return ((await answer.json()) as { peer: string }).peer
  }
  assert.equal(await told('::ffff:192.0.2.7'), '192.0.2.7')
  assert.equal(await told('::ffff:c000:207'), '192.0.2.7')
  for (const as of ['192.0.2.7', '2001:db8::7']) assert.equal(await told(as), as)
})
