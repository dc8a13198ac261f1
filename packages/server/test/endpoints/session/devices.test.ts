import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { payload } from '../../jwt.ts'
import { browser, call, device, signedUp } from '../calling.ts'
import { open, password } from '../running.ts'

const running = await open()
const { issuer } = running
after(() => running.close())

const sidOf = (one: { answer: { body: { session: { sid: string } } } }) => one.answer.body.session.sid

test('SS-3: the list has every device, newest first, with what people know it by', async () => {
  const one = await signedUp(running)
  running.advance(1000)
  const phone = await device(running, one.name, 'Ada\u0007s phone')
  const { status, headers, body } = await one.call('GET', '/sessions', undefined, { 'user-agent': 'x' })
  assert.equal(status, 200)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.deepEqual(
    body.sessions.map((each: { sid: string }) => each.sid),
    [sidOf(phone), sidOf(one)],
  )
  assert.deepEqual(
    body.sessions.map((each: { current: boolean }) => each.current),
    [false, true],
  )
  const [first] = body.sessions
  assert.deepEqual(Object.keys(first), ['sid', 'current', 'device', 'client', 'address', 'created_at', 'last_used_at', 'expires_at'])
  assert.partialDeepStrictEqual(first, { device: 'Adas phone', client: 'first-party', address: '127.0.0.1' }) // LO-3
  assert.deepEqual((await phone.call('GET', '/sessions')).body.sessions[0].current, true)
  assert.equal((await call(issuer, 'GET', '/sessions')).status, 401)
})

test('a device without a name is called by its browser and system', async () => {
  const one = await signedUp(running)
  const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
  await browser(issuer).call('POST', '/session/sign-in', { identifier: one.name, password }, { 'user-agent': agent })
  const { body } = await one.call('GET', '/sessions')
  assert.ok(body.sessions.some((each: { device: string }) => each.device === 'Firefox on Linux'))
})

test('SS-3: one device is signed out, with a receipt; the others go on; twice is the first outcome', async () => {
  const one = await signedUp(running)
  const [phone, tablet] = [await device(running, one.name), await device(running, one.name, 'tablet')]
  const { status, headers, body } = await one.call('DELETE', `/sessions/${sidOf(phone)}`)
  assert.deepEqual([status, body.ended, body.confirmed], [200, 1, true])
  assert.partialDeepStrictEqual(payload(body.receipt), { ended: { sid: sidOf(phone) } })
  assert.deepEqual(headers.getSetCookie(), []) // somebody else's cookies stay
  assert.equal((await phone.call('GET', '/session')).status, 401)
  assert.equal((await tablet.call('GET', '/session')).status, 200)
  assert.equal((await one.call('GET', '/sessions')).body.sessions.length, 2)
  const again = await one.call('DELETE', `/sessions/${sidOf(phone)}`)
  assert.deepEqual([again.status, again.body.ended, again.body.confirmed], [200, 0, true])
})

test('AD-1: the device of another user is not found, like one that is not there', async () => {
  const [one, other] = [await signedUp(running), await signedUp(running)]
  const answers = []
  for (const sid of [sidOf(other), 'x'.repeat(22), 'x', '..%2Fsessions', '%00']) answers.push(await one.call('DELETE', `/sessions/${sid}`))
  for (const { status, body } of answers) {
    assert.deepEqual(
      [status, { ...body, request_id: '' }],
      [404, { error: 'not_found', error_description: 'You have no device with this id.', request_id: '' }],
    )
  }
  assert.equal((await other.call('GET', '/session')).body.user.name, other.name)
})

test('the own device by its id is a sign-out', async () => {
  const one = await signedUp(running)
  const { headers, body } = await one.call('DELETE', `/sessions/${sidOf(one)}`)
  assert.equal(body.ended, 1)
  assert.equal(headers.getSetCookie().length, 2)
  assert.equal(headers.get('clear-site-data'), '"cache"')
})

test('SS-3: all others: one entry each, one receipt; this device goes on', async () => {
  const one = await signedUp(running)
  const [phone, tablet] = [await device(running, one.name), await device(running, one.name)]
  const { status, headers, body } = await one.call('DELETE', '/sessions?except=current')
  assert.deepEqual([status, body.ended, body.confirmed], [200, 2, true])
  assert.deepEqual(headers.getSetCookie(), [])
  const { ended } = payload(body.receipt) as { ended: { sid: string }[] }
  assert.deepEqual(ended.map(({ sid }) => sid).sort(), [sidOf(phone), sidOf(tablet)].sort())
  assert.equal((await phone.call('GET', '/session')).status, 401)
  assert.equal((await one.call('GET', '/session')).body.user.name, one.name)
  const nothing = await one.call('DELETE', '/sessions?except=current')
  assert.deepEqual([nothing.status, nothing.body.ended, nothing.body.confirmed], [200, 0, true])
})

test('SS-3, RV-7: everywhere is one cut; a sign-in right after it is good', async () => {
  const one = await signedUp(running)
  const phone = await device(running, one.name)
  const { body, headers } = await phone.call('DELETE', '/sessions')
  assert.deepEqual([body.ended, body.confirmed], [2, true])
  assert.ok('cut' in payload(body.receipt))
  assert.deepEqual(headers.getSetCookie(), []) // a token's caller has no cookies
  assert.equal((await one.call('GET', '/session')).body.user, null)
  const next = await device(running, one.name)
  assert.equal((await next.call('GET', '/session')).status, 200)
})

test('except is "current", or left out', async () => {
  const one = await signedUp(running)
  for (const query of ['?except=all', '?except=current&except=current']) {
    const { status, body } = await one.call('DELETE', `/sessions${query}`)
    assert.deepEqual([status, body.error], [400, 'invalid_request'], query)
  }
  assert.equal((await one.call('GET', '/session')).body.user.name, one.name)
})
