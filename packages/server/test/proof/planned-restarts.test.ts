import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { json } from '../../prove/http-client.ts'
import { type Device, judge } from '../../prove/judge.ts'
import { bearer, type Person, signIn } from '../../prove/population.ts'
import { type Cast, raise } from '../../prove/raise.ts'
import { payload } from '../jwt.ts'
import { isFull } from './full.ts'

const restarts = isFull ? 10 : 3
const outsEach = 4
let cast: Cast
const person: Person = { name: 'ada', password: 'the password of ada', sub: '', devices: [], busy: false, gone: false }

before(async () => {
  cast = await raise({ services: 3, devices: 200, lease: 5000 })
  await cast.stage.http.call(`${cast.stage.url}/sign-up`, {
    method: 'POST',
    ...json({ identifier: person.name, password: person.password, mode: 'token' }),
  })
})
after(() => cast.end())

test(`R1: ${restarts} planned restarts of the issuer under steady load: no good request refused, every sign-out confirmed in under a second`, async () => {
  const { stage, services } = cast
  const devices = await Promise.all(Array.from({ length: restarts * outsEach + 5 }, (_, index) => signIn(person, stage, `device ${index}`)))
  const { tally, take } = judge()
  let isOver = false
  const check = async (device: Device, service: (typeof services)[number]): Promise<void> => {
    const { status, headers, sentAt, cameAt } = await stage.http.call(service.url, { headers: bearer(device.accessToken) })
    take({ device, service: service.name, status, reason: String(headers.reason ?? ''), sentAt, cameAt })
  }
  const caller = async (_: unknown, index: number): Promise<void> => {
    for (let turn = index; !isOver; turn += 1) {
      const device = devices[turn % devices.length]
      const service = services[turn % services.length]
      if (device && service) await check(device, service)
      await new Promise((later) => setTimeout(later, 5))
    }
  }
  const calling = Array.from({ length: 4 }, caller)
  const times: number[] = []
  let next = 0
  for (let restart = 0; restart < restarts; restart += 1) {
    await cast.issuer().stop()
    await cast.startIssuer()
    for (let out = 0; out < outsEach; out += 1) {
      const device = devices[next] as Device
      next += 1
      device.endingSince = performance.now()
      const answer = await stage.http.call(`${stage.url}/session/sign-out`, { method: 'POST', headers: bearer(device.accessToken) })
      const body = JSON.parse(answer.text) as { confirmed: boolean; receipt: string }
      assert.equal(answer.status, 200, answer.text)
      assert.equal(body.confirmed, true)
      device.confirmedAt = answer.cameAt
      times.push(answer.cameAt - answer.sentAt)
      const receipt = payload<{
        verifiers: { acknowledged: number; lease_over: number; gone: number }[]
      }>(body.receipt)
      assert.deepEqual(
        receipt.verifiers.map(({ acknowledged, lease_over, gone }) => [acknowledged, lease_over, gone]),
        services.map(() => [1, 0, 0]),
        'no verifier lost its lease',
      )
      await Promise.all(services.map((service) => check(device, service)))
    }
  }
  isOver = true
  await Promise.all(calling)
  assert.deepEqual(tally.violations, [])
  assert.equal(tally.goodRefused, 0)
  assert.equal(tally.acceptedAfterConfirmed, 0)
  assert.ok(Math.max(...times) < 1000, `the slowest sign-out took ${Math.max(...times).toFixed(1)} ms`)
  assert.ok(tally.checks > 500, `${tally.checks} checks`)
})
