import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { json } from '../../prove/http-client.ts'
import { bearer, type Person, refresh, signIn } from '../../prove/population.ts'
import { type Cast, raise } from '../../prove/raise.ts'

let cast: Cast
const person: Person = { name: 'ada', password: 'the password of ada', sub: '', devices: [], busy: false, gone: false }

before(async () => {
  cast = await raise({ services: 1, devices: 10, lease: 5000, grace: 30 })
  await cast.stage.http.call(`${cast.stage.url}/sign-up`, {
    method: 'POST',
    ...json({ identifier: person.name, password: person.password, mode: 'token' }),
  })
})
after(() => cast.end())

const present = (token: string) =>
  cast.stage.http.call(`${cast.stage.url}/session/refresh`, { method: 'POST', ...json({ refresh_token: token }) })

test('RF-3: 50 simultaneous refreshes with one token: one successor, the same refresh token in all 50 answers', async () => {
  const device = await signIn(person, cast.stage, 'phone')
  const answers = await Promise.all(Array.from({ length: 50 }, () => present(device.refreshToken)))
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  const successors = new Set(answers.map(({ text }) => (JSON.parse(text) as { refresh_token: string }).refresh_token))
  assert.equal(successors.size, 1)
  assert.ok(!successors.has(device.refreshToken))
  // Every one of the 50 access tokens is good, and so is the successor.
  for (const { text } of answers.slice(0, 5)) {
    const { access_token } = JSON.parse(text) as { access_token: string }
    assert.equal((await cast.stage.http.call(cast.services[0]?.url ?? '', { headers: bearer(access_token) })).status, 200)
  }
  assert.equal((await present([...successors][0] ?? '')).status, 200)
})

test('RF-3, RF-7, questions S6, S26: 1,000 refreshes of one grant: the database has not one row more', async () => {
  let device = await signIn(person, cast.stage, 'laptop')
  device = await refresh(person, device, cast.stage)
  const rows = async (): Promise<unknown> => {
    const { users, sessions, grants, entries } = (await cast.stage.command('status', {})) as Record<string, number>
    return { users, sessions, grants, entries }
  }
  const before = await rows()
  for (let turn = 0; turn < 1000; turn += 1) device = await refresh(person, device, cast.stage)
  assert.deepEqual(await rows(), before)
})

test('RF-2: a lost answer retried within the grace, and a straggler, end nothing', async () => {
  const device = await signIn(person, cast.stage, 'tablet')
  const first = await present(device.refreshToken)
  const again = await present(device.refreshToken)
  const successor = (JSON.parse(first.text) as { refresh_token: string }).refresh_token
  assert.equal((JSON.parse(again.text) as { refresh_token: string }).refresh_token, successor)
  const third = (JSON.parse((await present(successor)).text) as { refresh_token: string }).refresh_token
  assert.equal((await present(device.refreshToken)).status, 401) // older, but within the grace after the last rotation: a straggler
  assert.equal((await present(third)).status, 200)
})

test('RF-2: a replay ends that grant and no other, and the verifiers know', async () => {
  const strict = await raise({ services: 1, devices: 10, lease: 5000, grace: 0 })
  try {
    const owner: Person = { ...person, devices: [] }
    await strict.stage.http.call(`${strict.stage.url}/sign-up`, {
      method: 'POST',
      ...json({ identifier: owner.name, password: owner.password, mode: 'token' }),
    })
    const stolen = await signIn(owner, strict.stage, 'stolen')
    const other = await signIn(owner, strict.stage, 'other')
    const next = await refresh(owner, stolen, strict.stage)
    const replay = await strict.stage.http.call(`${strict.stage.url}/session/refresh`, {
      method: 'POST',
      ...json({ refresh_token: stolen.refreshToken }),
    })
    assert.equal(replay.status, 401)
    assert.equal((JSON.parse(replay.text) as { reason: string }).reason, 'replayed')
    const dead = await strict.stage.http.call(`${strict.stage.url}/session/refresh`, {
      method: 'POST',
      ...json({ refresh_token: next.refreshToken }),
    })
    assert.equal(dead.status, 401)
    await refresh(owner, other, strict.stage)
    // Confirmed for whoever asks: the thief's and the owner's access tokens of this grant are refused, the other device's is not.
    const body = json({ grant: stolen.gid })
    const asked = await strict.stage.http.call(`${strict.stage.url}/admin/end`, {
      method: 'POST',
      body: body.body,
      headers: { ...body.headers, ...bearer(await strict.stage.operator()) },
    })
    assert.equal((JSON.parse(asked.text) as { ended: number; confirmed: boolean }).ended, 0)
    const url = strict.services[0]?.url ?? ''
    assert.equal((await strict.stage.http.call(url, { headers: bearer(next.accessToken) })).status, 401)
    assert.equal((await strict.stage.http.call(url, { headers: bearer(other.accessToken) })).status, 200)
  } finally {
    await strict.end()
  }
})
