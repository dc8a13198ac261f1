import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { json, type Seen } from '../../prove/http-client.ts'
import { bearer, deviceOf, type Person } from '../../prove/population.ts'
import { type Cast, raise } from '../../prove/raise.ts'
import { isFull } from './full.ts'

/** What a client knows of one device from answers that it received. */
interface Known {
  refreshToken: string
  accessToken: string
  /** `ending`: a sign-out was sent and not answered, so either is right. `committed`: it was answered, but not confirmed yet. */
  state: 'live' | 'ending' | 'committed' | 'ended'
}

const rounds = isFull ? 200 : 8
let cast: Cast
const people = ['ada', 'grace', 'edsger', 'barbara'].map(
  (name): Person => ({ name, password: `the password of ${name}`, sub: '', devices: [], busy: false, gone: false }),
)

before(async () => {
  // A short lease, so that 200 starts which must wait for one take minutes; a long grace: answers will be lost.
  cast = await raise({ services: 1, devices: 1000, lease: 500, grace: 300 })
  for (const { name: identifier, password } of people) await post('/sign-up', { identifier, password, mode: 'token' })
})
after(() => cast.end())

const post = (path: string, body: object, token?: string, more: Record<string, string> = {}): Promise<Seen> => {
  const sent = json(body)
  return cast.stage.http.call(`${cast.stage.url}${path}`, {
    method: 'POST',
    body: sent.body,
    headers: { ...sent.headers, ...(token ? bearer(token) : {}), ...more },
  })
}

/** Signs in, refreshes and signs out until the issuer dies under it. What was not answered is not known. */
async function use(person: Person, known: Known[], turn: () => number): Promise<void> {
  for (;;) {
    const answer = await post('/session/sign-in', { identifier: person.name, password: person.password, mode: 'token' })
    assert.equal(answer.status, 200, answer.text)
    const device: Known = { ...deviceOf(person, answer), state: 'live' }
    known.push(device)
    for (let refreshes = 1 + Math.floor(turn() * 4); refreshes > 0; refreshes -= 1) {
      const refreshed = await post('/session/refresh', { refresh_token: device.refreshToken })
      assert.equal(refreshed.status, 200, refreshed.text)
      Object.assign(device, deviceOf(person, refreshed))
    }
    if (turn() < 0.5) continue
    device.state = 'ending'
    const ended = await post('/session/sign-out', {}, device.accessToken, turn() < 0.5 ? { prefer: 'wait=0' } : {})
    assert.ok(ended.status === 200 || ended.status === 202, ended.text)
    device.state = ended.status === 200 ? 'ended' : 'committed'
  }
}

test(`SS-7, RF-5: kill -9 of the issuer at random moments, ${rounds} times: what was answered is there afterwards, no ended session lives`, async () => {
  let seed = 20261124
  const turn = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed / 2 ** 32
  }
  const totals = { live: 0, ended: 0, committed: 0, ending: 0 }
  const isEnough = (): boolean => totals.live > rounds && totals.ended > rounds / 2
  for (let round = 0; round < rounds || (!isEnough() && round < 3 * rounds); round += 1) {
    const known: Known[] = []
    const died: unknown[] = []
    const using = people.map((person) => use(person, known, turn).catch((error: unknown) => died.push(error)))
    await new Promise((later) => setTimeout(later, 40 + turn() * 1100)) // a moment that nothing is tied to: that is the test
    cast.issuer().kill('SIGKILL')
    await cast.issuer().ended()
    await Promise.all(using)
    for (const error of died) assert.ok(!(error instanceof assert.AssertionError), String(error))
    await cast.startIssuer()

    for (const device of known) {
      totals[device.state] += 1
      const refreshed = await post('/session/refresh', { refresh_token: device.refreshToken })
      if (device.state === 'live')
        assert.equal(refreshed.status, 200, `round ${round}: the last token that a client received must refresh: ${refreshed.text}`)
      if (device.state === 'ended' || device.state === 'committed')
        assert.equal(refreshed.status, 401, `round ${round}: an ended session lives`)
    }
    for (const { accessToken, state } of known.slice(-6)) {
      const { status } = await cast.stage.http.call(cast.services[0]?.url ?? '', { headers: bearer(accessToken) })
      if (state === 'live') assert.equal(status, 200, `round ${round}: a good token is refused`)
      if (state === 'ended') assert.notEqual(status, 200, `round ${round}: the token of an ended session is accepted`)
    }
  }
  assert.ok(isEnough(), `enough was seen: ${JSON.stringify(totals)}`)
})
