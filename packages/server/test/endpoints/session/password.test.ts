import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { call, device, signedUp } from '../calling.ts'
import { open, password } from '../running.ts'

const running = await open()
const { issuer } = running
after(() => running.close())

const next = 'a brand new horse battery'
const change = { current_password: password, new_password: next }
const signIn = (identifier: string, secret: string) =>
  call(issuer, 'POST', '/session/sign-in', { identifier, password: secret, mode: 'token' })

test('SS-4, contract §5: every device is signed out, and this browser gets a new session in new cookies', async () => {
  const one = await signedUp(running)
  const phone = await device(running, one.name)
  const before = new Map(one.jar)
  const { status, headers, body } = await one.call('POST', '/password', change)
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual([body.ended, body.confirmed], [2, true])
  assert.equal(headers.getSetCookie().length, 2)
  assert.notEqual(one.jar.get('curfew'), before.get('curfew'))
  assert.notEqual(body.session.sid, one.answer.body.session.sid)
  assert.doesNotMatch(JSON.stringify({ ...body, receipt: '' }), /eyJ|cfr_/)
  assert.equal((await one.call('GET', '/session')).body.session.sid, body.session.sid)
  assert.equal((await phone.call('GET', '/session')).status, 401)
  assert.equal((await call(issuer, 'GET', '/session', undefined, { cookie: `curfew=${before.get('curfew')}` })).body.user, null)
  assert.deepEqual([(await signIn(one.name, password)).status, (await signIn(one.name, next)).status], [401, 200])
})

test('a device with tokens gets new tokens', async () => {
  const { name } = await signedUp(running)
  const phone = await device(running, name)
  const { status, headers, body } = await phone.call('POST', '/password', change)
  assert.equal(status, 200)
  assert.deepEqual(headers.getSetCookie(), [])
  const authorization = `Bearer ${body.access_token}`
  assert.equal((await call(issuer, 'GET', '/session', undefined, { authorization })).body.session.sid, body.session.sid)
  assert.equal((await call(issuer, 'POST', '/session/refresh', { refresh_token: body.refresh_token })).status, 200)
  const { sessions } = (await call(issuer, 'GET', '/sessions', undefined, { authorization })).body
  assert.deepEqual(
    sessions.map((each: { device: string }) => each.device),
    ['phone'],
  )
})

test('a wrong present password, a weak new one, or nobody: nothing changes', async () => {
  const one = await signedUp(running)
  const table: [object, number, string][] = [
    [{ ...change, current_password: 'wrong horse battery staple' }, 401, 'invalid_credentials'],
    [{ ...change, new_password: 'short' }, 400, 'weak_password'],
    [{ current_password: password }, 400, 'invalid_request'],
    [{ new_password: next }, 400, 'invalid_request'],
  ]
  for (const [body, status, error] of table) {
    const answer = await one.call('POST', '/password', body)
    assert.deepEqual([answer.status, answer.body.error], [status, error])
    assert.deepEqual(answer.headers.getSetCookie(), [])
  }
  assert.equal((await call(issuer, 'POST', '/password', change)).status, 401)
  assert.equal((await signIn(one.name, password)).status, 200)
})
