import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, test } from 'node:test'
import { readFollowAnswer } from '@curfew/verifier/wire'
import { call, device, newName, signedUp } from './calling.ts'
import { open } from './running.ts'

const key = (id: string) => `cfk_${id}_${'k'.repeat(43)}`
const running = await open({
  services: [
    { id: 'orders', key: key('orders') },
    { id: 'legacy', key: key('legacy'), checks: 'none', audience: 'https://legacy.test' },
  ],
})
const { issuer } = running
after(() => running.close())

const basic = (id: string, secret = 'k'.repeat(43)) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` })
const id = 'verifier-0000000001'
const asking = { version: 1, id, after: 0, hold: 0, on_lease_lost: 'introspect' }
const follow = (body: unknown = asking, headers: Record<string, string> = basic('orders')) =>
  call(issuer, 'POST', '/ledger/follow', body, headers)

test('F1, F3: a service follows with its key; the answer is small, has its length, and is kept by nobody', async () => {
  const { status, headers, body } = await follow()
  assert.equal(status, 200)
  const answer = readFollowAnswer(body)
  assert.ok(!('problem' in answer), JSON.stringify(answer))
  assert.deepEqual([answer.lease, answer.entries, answer.up_to], [5000, [], 0])
  assert.equal(headers.get('content-length'), String(JSON.stringify(body).length))
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(headers.get('transfer-encoding'), null)
})

test('F8: an answer asks for as many spares as are configured, two by itself', async () => {
  assert.equal((await follow()).body.spares, 2)
  const none = await open({ spares: 0, services: [{ id: 'orders', key: key('orders') }] })
  const { body } = await call(none.issuer, 'POST', '/ledger/follow', asking, basic('orders'))
  assert.deepEqual([body.lease, body.spares], [5000, 0])
  await none.close()
})

test('401: only the key of a registered service', async () => {
  const wrong = [
    {},
    basic('orders', 'x'.repeat(43)),
    basic('nobody'),
    basic('legacy', ''),
    { authorization: 'Bearer abc' },
    { authorization: 'Basic !' },
  ]
  for (const headers of wrong as Record<string, string>[]) {
    const { status, body, headers: answered } = await follow(asking, headers)
    assert.equal(status, 401)
    assert.equal(body.error, 'invalid_client')
    assert.match(answered.get('www-authenticate') ?? '', /^Basic /)
  }
  const told = await follow(asking, basic('orders', 'x'.repeat(43)))
  assert.match(told.body.error_description, /npx curfew services key <name>, or for a new service: npx curfew services add/)
  assert.ok(!JSON.stringify(running.lines).includes('x'.repeat(43)))
})

test('400: whatever is not a request to follow is refused, and says why', async () => {
  const wrong: [unknown, RegExp][] = [
    [{ ...asking, version: 2 }, /version/],
    [{ ...asking, id: 'short' }, /id/],
    [{ ...asking, after: -1 }, /after/],
    [{ ...asking, after: '0' }, /after/],
    [{ ...asking, hold: 0.5 }, /hold/],
    [{ ...asking, on_lease_lost: 'hope' }, /on_lease_lost/],
    [[], /object/],
  ]
  for (const [body, why] of wrong) {
    const answer = await follow(body)
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_request'])
    assert.match(answer.body.error_description, why)
  }
  const long = await follow({ ...asking, more: 'x'.repeat(5000) })
  assert.equal(long.status, 413)
})

test('403: accepting without a lease is for services with checks: none (V10)', async () => {
  const refused = await follow({ ...asking, on_lease_lost: 'accept' })
  assert.deepEqual([refused.status, refused.body.error], [403, 'forbidden'])
  assert.match(refused.body.error_description, /checks: none; orders has checks: follow/)
  const taken = await follow({ ...asking, on_lease_lost: 'accept' }, basic('legacy'))
  assert.equal(taken.status, 200)
  await call(issuer, 'POST', '/ledger/release', { version: 1, id }, basic('legacy'))
})

test('409: a verifier that is ahead of the ledger', async () => {
  const { status, body } = await follow({ ...asking, after: 10_000 })
  assert.deepEqual([status, body.error], [409, 'ledger_behind'])
})

test('F4, F6: a held request is answered when something ends; a sign-out waits for the acknowledgement; a release lets it go', async () => {
  const one = await signedUp(running, newName())
  const first = await follow()
  const held = follow({ ...asking, after: first.body.up_to, hold: 10_000 })
  const phone = await device(running, one.name)
  const out = phone.call('POST', '/session/sign-out')
  const { body } = await held
  assert.deepEqual(
    body.entries.map(({ ended }: { ended: object }) => Object.keys(ended)),
    [['sid']],
  )
  assert.equal(
    await Promise.race([out.then(() => 'answered'), follow({ ...asking, after: first.body.up_to }).then(() => 'not yet')]),
    'not yet',
  )
  await follow({ ...asking, after: body.up_to })
  assert.deepEqual([(await out).status, (await out).body.confirmed], [200, true])

  const tablet = await device(running, one.name)
  const second = tablet.call('POST', '/session/sign-out')
  const released = await call(issuer, 'POST', '/ledger/release', { version: 1, id }, basic('orders'))
  assert.equal(released.status, 204)
  assert.equal((await second).body.confirmed, true)
  assert.equal((await call(issuer, 'POST', '/ledger/release', { version: 1 }, basic('orders'))).status, 400)
  assert.equal((await call(issuer, 'POST', '/ledger/release', { version: 1, id }, basic('orders', 'x'))).status, 401)
})

test('a verifier that hangs up is held no longer, and nothing is said to have failed', async () => {
  const before = running.lines.length
  const sent = request(`${issuer}/ledger/follow`, { method: 'POST', headers: { ...basic('orders'), 'content-type': 'application/json' } })
  sent.on('error', () => undefined)
  sent.end(JSON.stringify({ ...asking, after: (await follow()).body.up_to, hold: 20_000 }))
  await new Promise((resolve) => sent.once('finish', resolve))
  await follow() // it came after, so the other is held by now, or soon
  sent.destroy()
  await follow()
  assert.deepEqual(
    running.lines.slice(before).filter(({ level }) => level === 'error' || level === 'warn'),
    [],
  )
})

test('asking again and again is no log line', async () => {
  await follow()
  assert.ok(!running.lines.some(({ route, status }) => route === '/ledger/follow' && status === 200))
})

test('R1, 503: a clean stop answers whoever is held, and refuses who comes later', async () => {
  const stopping = await open({ services: [{ id: 'orders', key: key('orders') }] })
  const send = (hold: number) => call(stopping.issuer, 'POST', '/ledger/follow', { ...asking, hold }, basic('orders'))
  await send(0)
  const held = send(20_000)
  await send(0)
  const closing = stopping.curfew.close()
  const answer = await held
  assert.deepEqual([answer.status, answer.body.lease], [200, 5000])
  const late = await send(0)
  assert.deepEqual([late.status, late.body.error, late.headers.get('retry-after')], [503, 'temporarily_unavailable', '1'])
  await closing
  await stopping.close()
})
