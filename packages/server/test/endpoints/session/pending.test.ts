import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { payload } from '../../jwt.ts'
import { call, device, operatorToken, signedUp } from '../calling.ts'
import { open } from '../running.ts'

const secret = 's'.repeat(43)
const running = await open({ lease: 1000, basePath: '/auth', services: [{ id: 'slow', key: `cfk_slow_${secret}`, public: true }] })
const issuer = `${running.issuer}/auth`
const at = { ...running, issuer }
after(() => running.close())

/** A verifier that takes a lease and is never heard of again. */
async function silentVerifier(): Promise<void> {
  const authorization = `Basic ${Buffer.from(`slow:${secret}`).toString('base64')}`
  const asked = { version: 1, id: 'v'.repeat(22), after: 0, hold: 0, on_lease_lost: 'introspect' }
  const { status, body } = await call(issuer, 'POST', '/ledger/follow', asked, { authorization })
  assert.deepEqual([status, body.lease], [200, 1000])
}

test('S4, S5: 202, how long it can take, and where the outcome will be; then 200', async () => {
  const { name } = await signedUp(at)
  const phone = await device(at, name)
  await silentVerifier()
  const { status, headers, body } = await phone.call('POST', '/session/sign-out', undefined, { prefer: 'wait=0' })
  assert.equal(status, 202)
  assert.deepEqual(Object.keys(body), ['ended', 'confirmed', 'latest_in_ms', 'receipt'])
  assert.deepEqual([body.ended, body.confirmed], [1, false])
  assert.ok(body.latest_in_ms > 0 && body.latest_in_ms <= 1070, `${body.latest_in_ms}`)
  assert.equal(headers.get('preference-applied'), 'wait=0')
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(payload(body.receipt).outcome, 'pending')
  const location = headers.get('location') ?? ''
  assert.match(location, /^\/auth\/receipts\/[\w-]{22}$/)

  const early = await call(running.issuer, 'GET', location, undefined, { prefer: 'wait=0' })
  assert.deepEqual([early.status, early.body.confirmed], [202, false])
  const late = await call(running.issuer, 'GET', location)
  assert.deepEqual([late.status, late.body.confirmed], [200, true])
  assert.partialDeepStrictEqual(payload(late.body.receipt), { outcome: 'confirmed', verifiers: [{ name: 'slow', lease_over: 1 }] })
})

test('S6: without a preference the answer comes when it is confirmed, at the latest with the lease', async () => {
  const { name } = await signedUp(at)
  const phone = await device(at, name)
  await silentVerifier()
  const { status, body } = await phone.call('POST', '/session/sign-out')
  assert.deepEqual([status, body.confirmed], [200, true])
  assert.ok(body.took_ms >= 900, `${body.took_ms}`)
})

test('contract §5: an operator’s answer is 202, too', async () => {
  const one = await signedUp(at)
  const authorization = `Bearer ${await operatorToken(at)}`
  await silentVerifier()
  const { status, headers, body } = await call(
    issuer,
    'POST',
    '/admin/end',
    { user: one.answer.body.user.sub },
    { authorization, prefer: 'wait=0' },
  )
  assert.deepEqual([status, body.confirmed], [202, false])
  assert.match(headers.get('location') ?? '', /^\/auth\/receipts\//)
})
