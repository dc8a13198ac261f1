import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, beforeEach, test } from 'node:test'
import { createVerifier, type Verifier, type VerifierOptions } from '@curfew/verifier'
import { makeHttpTransport } from '../src/http-transport.ts'
import { readKey } from '../src/settings.ts'
import type { FollowRequest } from '../src/wire/index.ts'
import { type ScriptedIssuer, startIssuer } from './scripted-issuer.ts'

const quiet = { info() {}, warn() {}, error() {} }
let issuer: ScriptedIssuer
const open: Verifier[] = []

before(async () => {
  issuer = await startIssuer()
})
beforeEach(() => {
  issuer.requests.length = 0
  issuer.instead.clear()
})
after(async () => {
  for (const each of open) await each.close()
  await issuer.close()
})

function verifier(options: Partial<VerifierOptions> = {}): Verifier {
  const made = createVerifier({ issuer: issuer.url, audience: issuer.issuer.audience, key: issuer.key, logger: quiet, ...options })
  open.push(made)
  return made
}

const json =
  (body: unknown, status = 200) =>
  (_: unknown, response: import('node:http').ServerResponse) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body))
  }

test('over HTTP: discovery, keys, follow with Basic and one kept connection; a sign-out holds once it was confirmed', async () => {
  const mine = verifier()
  await mine.ready()
  const authorization = issuer.issuer.bearer({ sid: 'http-1' })
  const verdict = await mine.verify({ authorization })
  assert.ok(verdict.outcome === 'accepted')
  await issuer.issuer.end({ sid: 'http-1' })
  assert.partialDeepStrictEqual(mine.verifySync({ authorization }), { outcome: 'refused', reason: 'session_ended' })
  assert.ok(verdict.signal.aborted)
  const follows = issuer.requests.filter(({ path }) => path === '/ledger/follow')
  assert.ok(follows.length >= 3)
  assert.equal(new Set(follows.map(({ port }) => port)).size, 1)
  assert.ok(follows.every(({ authorization: basic }) => basic === `Basic ${Buffer.from(`orders:${'S'.repeat(43)}`).toString('base64')}`))
  assert.equal(issuer.requests.filter(({ path }) => path.startsWith('/.well-known')).length, 1, 'one discovery for all')
  const { id } = JSON.parse(follows[0]!.body) as { id: string }
  await mine.close()
  assert.ok(issuer.released.includes(id), 'V7')
})

test('V8: a kept connection that is reset costs neither the lease nor a good request', async () => {
  const mine = verifier()
  await mine.ready()
  const authorization = issuer.issuer.bearer()
  await mine.verify({ authorization })
  const lastPort = () => issuer.requests.filter(({ path }) => path === '/ledger/follow').at(-1)!.port
  const before = lastPort()
  issuer.reset()
  while (lastPort() === before) {
    assert.equal(mine.verifySync({ authorization })?.outcome, 'accepted')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await issuer.issuer.end({ sid: 'after-reset' })
  assert.ok(mine.state().leaseLeft > 4000)
  await mine.close()
})

test('the issuer must call itself what it is called here, byte for byte (MD-1); a key is never sent to one that does not', async () => {
  issuer.instead.set('/.well-known/openid-configuration', json({ issuer: `${issuer.url}/` }))
  const mine = verifier()
  await assert.rejects(mine.ready(), {
    message: `orders: the issuer at ${issuer.url} calls itself "${issuer.url}/". Use exactly what it calls itself`,
  })
  await mine.close()
  assert.ok(issuer.requests.every(({ authorization }) => authorization === undefined))
})

test('what is no Curfew server, or not there, or knows no such key, is told apart', async () => {
  issuer.instead.set('/.well-known/openid-configuration', json({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }))
  await assert.rejects(verifier().ready(), /has no ledger_follow_endpoint in its metadata\. Is it a Curfew server\?/)
  issuer.instead.set('/.well-known/openid-configuration', json('<html>', 404))
  await assert.rejects(verifier().ready(), /answered 404 to \/\.well-known\/openid-configuration/)
  issuer.instead.clear()
  const stranger = verifier({ key: `cfk_orders_${'T'.repeat(43)}` })
  await assert.rejects(stranger.ready(), {
    message:
      /orders: the issuer at .* does not know this key \(401\)\. Make a new one: npx curfew services key orders, or for a new service: npx curfew services add orders/,
  })
  const gone = await startIssuer()
  await gone.close()
  await assert.rejects(
    verifier({ issuer: gone.url }).ready(300),
    /not ready after 300 ms: no answer from the issuer at .* \(ECONNREFUSED\)\. Does it run\?/,
  )
})

test('endpoints: the key goes nowhere without TLS but to this machine', async () => {
  const all = Object.fromEntries(
    ['jwks_uri', 'introspection_endpoint', 'ledger_follow_endpoint', 'ledger_release_endpoint'].map((name) => [name, 'http://192.0.2.1/x']),
  )
  issuer.instead.set('/.well-known/openid-configuration', json({ issuer: issuer.url, ...all }))
  await assert.rejects(verifier().ready(), /that is not https/)
})

test('answers are bounded, redirects are not followed, bodies that are no JSON are no answer', async () => {
  const transport = makeHttpTransport(issuer.url, readKey(issuer.key))
  const { signal } = new AbortController()
  issuer.instead.set('/jwks', json(`[${'0,'.repeat(200_000)}0]`))
  await assert.rejects(transport.keys(signal), /more than 262144 bytes/)
  issuer.instead.set('/jwks', json('{"keys":[],"keys":[]}'))
  assert.deepEqual(await transport.keys(signal), { status: 200, body: undefined })
  issuer.instead.set('/introspect', (_, response) => response.writeHead(307, { Location: `${issuer.url}/jwks` }).end())
  assert.equal((await transport.introspect('t', signal)).status, 307)
  assert.equal(issuer.requests.filter(({ path }) => path === '/jwks').length, 2)
  issuer.instead.set('/introspect', (_, response) => response.writeHead(503, { 'Retry-After': '7' }).end())
  assert.deepEqual(await transport.introspect('t', signal), { status: 503, body: undefined, retryAfter: 7 })
  issuer.instead.set('/introspect', (_, response) => {
    response.writeHead(200, { 'Content-Length': '100' })
    response.write('{')
    setImmediate(() => response.destroy())
  })
  await assert.rejects(transport.introspect('t', signal), /no answer from the issuer/)
  const controller = new AbortController()
  issuer.instead.set('/introspect', () => controller.abort())
  await assert.rejects(transport.introspect('t', controller.signal), /no answer from the issuer/)
  await transport.release({ version: 1, id: 'A'.repeat(22) })
})

test('a question on a kept connection that the issuer has just closed is asked again on a new one', async () => {
  const transport = makeHttpTransport(issuer.url, readKey(issuer.key))
  const { signal } = new AbortController()
  const token = issuer.issuer.token()
  assert.partialDeepStrictEqual(await transport.introspect(token, signal), { body: { active: true } })
  let wasCut = false
  issuer.instead.set('/introspect', (request) => {
    issuer.instead.delete('/introspect')
    wasCut = true
    request.socket.resetAndDestroy()
  })
  assert.partialDeepStrictEqual(await transport.introspect(token, signal), { body: { active: true } })
  assert.ok(wasCut)
  await transport.release({ version: 1, id: 'A'.repeat(22) })
})

test('F8: over HTTP each spare has a connection of its own; what comes over it is acknowledged over it, while the other one gets nowhere', async () => {
  type Came = { asked: FollowRequest; port: number; answer(body: object): void }
  const came: Came[] = []
  let tell = (): void => undefined
  issuer.instead.set('/ledger/follow', (_, response) => {
    const { body, port } = issuer.requests.at(-1)!
    came.push({ asked: JSON.parse(body) as FollowRequest, port, answer: (answer) => json(answer)(_, response) })
    tell()
  })
  const until = async (count: number): Promise<Came> => {
    while (came.length < count) await new Promise<void>((resolve) => (tell = resolve))
    return came[count - 1]!
  }
  const answer = { version: 1, entries: [], up_to: 0, horizon: 0, lease: 5_000, spares: 2 }
  const news = { ...answer, entries: [{ seq: 1, ended: { sid: 'gone' }, until: 1_800_000_000 }], up_to: 1, lease: 0 }
  const mine = verifier()
  ;(await until(1)).answer(answer)
  await until(4)
  const [main, ...spares] = came.slice(1)
  assert.deepEqual([main!.asked.spare, ...spares.map(({ asked }) => asked.spare)], [undefined, true, true])
  assert.equal(new Set(came.slice(1).map(({ port }) => port)).size, 3)
  assert.equal(main!.port, came[0]!.port)
  spares[0]!.answer(news) // the answer to the main one is lost
  const acknowledged = await until(5)
  assert.deepEqual([acknowledged.asked.after, acknowledged.asked.spare, acknowledged.port], [1, undefined, spares[0]!.port])
  assert.equal(mine.state().position, 1)
  const again = await until(6)
  assert.deepEqual([again.asked.after, again.asked.spare], [1, true])
  main!.answer(news) // late
  acknowledged.answer({ ...answer, up_to: 1 })
  const next = await until(7)
  assert.deepEqual([next.asked.after, next.asked.spare], [1, undefined])
  await mine.close()
})

test('a verifier does not keep a process alive, and ready() does until it is there', async () => {
  const program = `
    import { createVerifier } from '@curfew/verifier'
    const verifier = createVerifier({ issuer: '${issuer.url}', audience: '${issuer.issuer.audience}', key: '${issuer.key}' })
    await verifier.ready()
    process.stdout.write('ready')`
  const child = spawn(process.execPath, ['-C', 'curfew-source', '--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  const [code] = await once(child, 'exit')
  assert.deepEqual([said, code], ['ready', 0])
})
