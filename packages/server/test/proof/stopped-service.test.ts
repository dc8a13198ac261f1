import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { json } from '../../prove/http-client.ts'
import { bearer, type Person, signIn } from '../../prove/population.ts'
import { type Cast, raise } from '../../prove/raise.ts'
import { payload } from '../jwt.ts'

let cast: Cast
const person: Person = { name: 'ada', password: 'the password of ada', sub: '', devices: [], busy: false, gone: false }
const lease = 2000

before(async () => {
  cast = await raise({ services: 3, devices: 4, lease })
  await cast.stage.http.call(`${cast.stage.url}/sign-up`, {
    method: 'POST',
    ...json({ identifier: person.name, password: person.password, mode: 'token' }),
  })
})
after(() => cast.end())

test('RV-3, RV-4, JV-24: a service that is stopped during a sign-out: the answer comes within the bound and says whose lease ran out; afterwards it refuses', async () => {
  const { stage, services } = cast
  const [frozen, ...others] = services
  assert.ok(frozen)
  const device = await signIn(person, stage, 'phone')
  for (const { url } of services) assert.equal((await stage.http.call(url, { headers: bearer(device.accessToken) })).status, 200)

  frozen.process.kill('SIGSTOP')
  const answer = await stage.http.call(`${stage.url}/session/sign-out`, { method: 'POST', headers: bearer(device.accessToken) })
  assert.equal(answer.status, 200)
  const body = JSON.parse(answer.text) as { confirmed: boolean; took_ms: number; receipt: string }
  assert.equal(body.confirmed, true)
  const bound = 1.02 * lease + 50 // W (D1)
  assert.ok(answer.cameAt - answer.sentAt < bound + 1500, `it took ${answer.cameAt - answer.sentAt} ms`)
  assert.ok(body.took_ms > lease / 2, 'it waited for the lease')

  const receipt = payload<{
    verifiers: { name: string; lease_over: number; acknowledged: number }[]
  }>(body.receipt)
  assert.equal(receipt.verifiers.find(({ name }) => name === frozen.name)?.lease_over, 1)
  for (const { name } of others) assert.equal(receipt.verifiers.find((one) => one.name === name)?.acknowledged, 1)

  // Requests that begin after the confirmed answer: sent while it is still stopped, and after it goes on.
  const early = Array.from({ length: 10 }, () => stage.http.call(frozen.url, { headers: bearer(device.accessToken) }))
  frozen.process.kill('SIGCONT')
  for (const answered of await Promise.all(early)) assert.notEqual(answered.status, 200)
  for (let turn = 0; turn < 50; turn += 1) {
    assert.notEqual((await stage.http.call(frozen.url, { headers: bearer(device.accessToken) })).status, 200)
  }
  for (const { url } of others) assert.equal((await stage.http.call(url, { headers: bearer(device.accessToken) })).status, 401)
})

test('RV-4: who does not want to wait gets 202, the bound, and a link to the outcome', async () => {
  const { stage, services } = cast
  const device = await signIn(person, stage, 'tablet')
  services[1]?.process.kill('SIGSTOP')
  const answer = await stage.http.call(`${stage.url}/session/sign-out`, {
    method: 'POST',
    headers: { ...bearer(device.accessToken), prefer: 'wait=0' },
  })
  const body = JSON.parse(answer.text) as { confirmed: boolean; latest_in_ms: number }
  assert.equal(answer.status, 202)
  assert.equal(body.confirmed, false)
  assert.ok(body.latest_in_ms > 0 && body.latest_in_ms <= 1.02 * lease + 51)
  assert.equal(answer.headers['preference-applied'], 'wait=0')
  const location = String(answer.headers.location)
  assert.match(location, /^\/receipts\/[A-Za-z0-9_-]{22}$/)
  assert.equal((await stage.http.call(`${stage.url}${location}`, { headers: { prefer: 'wait=0' } })).status, 202)
  const later = await stage.http.call(`${stage.url}${location}`, { headers: { prefer: 'wait=10' } })
  assert.equal(later.status, 200)
  services[1]?.process.kill('SIGCONT')
})
