import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { payload } from '../../jwt.ts'
import { call, device, operatorToken, signedUp } from '../calling.ts'
import { open } from '../running.ts'

const running = await open()
const { issuer } = running
after(() => running.close())

const operator = { authorization: `Bearer ${await operatorToken(running)}` }
const end = (body: unknown, headers: Record<string, string> = operator) => call(issuer, 'POST', '/admin/end', body, headers)

test('contract §5: an operator ends a session, a user, a token, and gets the whole receipt', async () => {
  const one = await signedUp(running)
  const [phone, tablet] = [await device(running, one.name), await device(running, one.name)]
  const { sid } = phone.answer.body.session
  const session = await end({ session: sid })
  assert.deepEqual([session.status, session.body.ended, session.body.confirmed], [200, 1, true])
  assert.partialDeepStrictEqual(payload(session.body.receipt), { ended: { sid }, outcome: 'confirmed' })
  assert.equal((await phone.call('GET', '/session')).status, 401)

  const token = await end({ token: tablet.answer.body.access_token })
  assert.equal(token.body.ended, 1)
  assert.equal((await tablet.call('GET', '/session')).status, 401)
  const refreshed = await call(issuer, 'POST', '/session/refresh', { refresh_token: tablet.answer.body.refresh_token })
  assert.equal(refreshed.status, 200) // one token ended, not its session

  const user = await end({ user: one.answer.body.user.sub })
  assert.equal(user.body.confirmed, true)
  assert.ok('cut' in payload(user.body.receipt))
  assert.equal((await one.call('GET', '/session')).body.user, null)
})

test('P6: stale makes one refresh needed, and ends nothing', async () => {
  const { name, answer } = await signedUp(running)
  const phone = await device(running, name)
  const staled = await call(issuer, 'POST', '/admin/stale', { user: answer.body.user.sub }, operator)
  assert.deepEqual([staled.status, staled.body.confirmed], [200, true])
  assert.ok('stale' in payload(staled.body.receipt))
  assert.equal((await phone.call('GET', '/session')).status, 401)
  const refreshed = await call(issuer, 'POST', '/session/refresh', { refresh_token: phone.answer.body.refresh_token })
  assert.equal(refreshed.status, 200)
  const authorization = `Bearer ${refreshed.body.access_token}`
  assert.equal((await call(issuer, 'GET', '/session', undefined, { authorization })).status, 200)
})

test('nothing there: {ended: 0}, confirmed', async () => {
  for (const body of [{ user: 'nobody' }, { session: 'x'.repeat(22) }, { grant: 'x'.repeat(22) }, { client: 'nobody' }]) {
    const answer = await end(body)
    assert.deepEqual([answer.status, answer.body.ended, answer.body.confirmed], [200, 0, true], JSON.stringify(body))
  }
})

test('AD-1, JV-19: only a client’s own token, for this issuer, with the scope; and Bearer, never a cookie', async () => {
  const one = await signedUp(running)
  const phone = await device(running, one.name)
  const body = { user: one.answer.body.user.sub }
  const table: [string, Record<string, string>, number, string][] = [
    ['nobody', {}, 401, 'invalid_token'],
    [
      'a cookie',
      { cookie: `curfew=${one.jar.get('curfew')}`, 'curfew-request': '1', 'sec-fetch-site': 'same-origin' },
      401,
      'invalid_token',
    ],
    ['a user', { authorization: `Bearer ${phone.answer.body.access_token}` }, 401, 'invalid_token'],
    ['a refresh token', { authorization: `Bearer ${phone.answer.body.refresh_token}` }, 401, 'invalid_token'],
    ['another scope', { authorization: `Bearer ${await operatorToken(running, 'other')}` }, 403, 'insufficient_scope'],
    ['garbage', { authorization: 'Bearer x.y.z' }, 401, 'invalid_token'],
    ['the secret itself', { authorization: `Basic ${Buffer.from('ops:x').toString('base64')}` }, 401, 'invalid_token'],
  ]
  for (const [who, headers, status, error] of table) {
    for (const path of ['/admin/end', '/admin/stale']) {
      const answer = await call(issuer, 'POST', path, body, headers)
      assert.deepEqual([answer.status, answer.body.error], [status, error], `${who} ${path}`)
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/)
    }
  }
  assert.equal((await one.call('GET', '/session')).body.user.name, one.name)
})

test('everything: last, since it ends the operator, too', async () => {
  const one = await signedUp(running)
  assert.equal((await end({ everything: false })).status, 400)
  const { status, body } = await end({ everything: true })
  assert.deepEqual([status, body.confirmed], [200, true])
  assert.deepEqual(payload(body.receipt).cut, {})
  assert.equal((await one.call('GET', '/session')).body.user, null)
  assert.equal((await end({ everything: true })).status, 401)
  const next = await operatorToken(running)
  assert.equal((await end({ user: 'nobody' }, { authorization: `Bearer ${next}` })).status, 200)
})
