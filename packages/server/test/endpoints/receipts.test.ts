import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { readReceipt } from '@curfew/verifier/wire'
import { payload } from '../jwt.ts'
import { call, device, newName, signedUp } from './calling.ts'
import { open } from './running.ts'

const key = 'k'.repeat(43)
const running = await open({
  services: [
    { id: 'orders', key: `cfk_orders_${key}`, public: true },
    { id: 'fraud', key: `cfk_fraud_${key}` },
  ],
})
const { issuer } = running
after(() => running.close())

const basic = (id: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}` })
const asking = { version: 1, id: 'verifier-0000000001', after: 0, hold: 0, on_lease_lost: 'introspect' }
const follow = (service: string, after: number) => call(issuer, 'POST', '/ledger/follow', { ...asking, after }, basic(service))
const get = (path: string, wait?: number) => call(issuer, 'GET', path, undefined, wait === undefined ? {} : { prefer: `wait=${wait}` })

test('S4, S5, RV-3, RV-4: 202 with a link while somebody is waited for; the link shows the outcome, signed, as an end user sees it', async () => {
  const { name } = await signedUp(running, newName())
  for (const service of ['orders', 'fraud']) await follow(service, 0)
  const phone = await device(running, name)
  const out = await phone.call('POST', '/session/sign-out', undefined, { prefer: 'wait=0' })
  assert.deepEqual([out.status, out.body.confirmed, out.body.ended], [202, false, 1])
  assert.ok(out.body.latest_in_ms > 4000 && out.body.latest_in_ms <= 5150)
  assert.equal(out.headers.get('preference-applied'), 'wait=0')
  const location = out.headers.get('location') ?? ''
  assert.match(location, /^\/receipts\/[\w-]{22}$/)

  const pending = await get(location, 0)
  assert.deepEqual([pending.status, pending.body.confirmed, pending.headers.get('cache-control')], [202, false, 'no-store'])
  assert.equal(pending.headers.get('preference-applied'), 'wait=0')
  const { seq } = payload(pending.body.receipt) as { seq: number }

  const waiting = get(location, 5)
  for (const service of ['orders', 'fraud']) await follow(service, seq)
  const confirmed = await waiting
  assert.deepEqual([confirmed.status, confirmed.body.confirmed], [200, true])
  const receipt = readReceipt(payload(confirmed.body.receipt))
  assert.ok(receipt)
  assert.deepEqual([receipt.outcome, receipt.iss, `/receipts/${receipt.jti}`], ['confirmed', issuer, location])
  assert.equal(receipt.took_ms, confirmed.body.took_ms)
  assert.deepEqual(
    receipt.verifiers.map(({ name, acknowledged, waiting }) => [name, acknowledged, waiting]),
    [
      ['orders', 1, 0],
      [undefined, 1, 0],
    ],
  )
  assert.ok(!JSON.stringify(receipt).includes('fraud'))
  // Stored: the same again, at once.
  assert.deepEqual(payload((await get(location)).body.receipt), payload(confirmed.body.receipt))
})

test('S5: what is no receipt is not found', async () => {
  for (const id of ['A'.repeat(22), 'short', 'A'.repeat(23), `${'A'.repeat(20)}..`]) {
    const { status, body } = await get(`/receipts/${id}`, 0)
    assert.deepEqual([status, body.error], [404, 'not_found'])
  }
  assert.equal((await call(issuer, 'POST', `/receipts/${'A'.repeat(22)}`, {})).status, 405)
})

test('S3: a second sign-out with the same token has the same receipt', async () => {
  const { name } = await signedUp(running, newName())
  for (const service of ['orders', 'fraud']) await call(issuer, 'POST', '/ledger/release', { version: 1, id: asking.id }, basic(service))
  const phone = await device(running, name)
  const first = await phone.call('POST', '/session/sign-out')
  const second = await phone.call('POST', '/session/sign-out')
  assert.deepEqual([first.body.ended, second.body.ended, second.body.confirmed], [1, 0, true])
  assert.equal(payload(second.body.receipt).jti, payload(first.body.receipt).jti)
})
