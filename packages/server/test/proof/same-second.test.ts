import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { json, type Seen } from '../../prove/http-client.ts'
import { bearer, type Person, refresh, signIn } from '../../prove/population.ts'
import { type Cast, raise } from '../../prove/raise.ts'

let cast: Cast
const people = ['ada', 'grace', 'edsger'].map(
  (name): Person => ({ name, password: `the password of ${name}`, sub: '', devices: [], busy: false, gone: false }),
)

before(async () => {
  cast = await raise({ services: 3, devices: 50, lease: 5000 })
  for (const { name: identifier, password } of people) {
    await cast.stage.http.call(`${cast.stage.url}/sign-up`, { method: 'POST', ...json({ identifier, password, mode: 'token' }) })
  }
})
after(() => cast.end())

const statuses = (token: string): Promise<number[]> =>
  Promise.all(cast.services.map(async ({ url }) => (await cast.stage.http.call(url, { headers: bearer(token) })).status))

test('RV-7: a sign-in in the same second after "end everything" works everywhere; every token from before is refused everywhere', async () => {
  const before = await Promise.all(people.map((person) => signIn(person, cast.stage, 'before')))
  const body = json({ everything: true })
  const answer = await cast.stage.http.call(`${cast.stage.url}/admin/end`, {
    method: 'POST',
    body: body.body,
    headers: { ...body.headers, ...bearer(await cast.stage.operator()) },
  })
  assert.equal((JSON.parse(answer.text) as { confirmed: boolean }).confirmed, true)
  const after = await Promise.all(people.map((person) => signIn(person, cast.stage, 'after')))
  for (const { accessToken } of after) assert.deepEqual(await statuses(accessToken), [200, 200, 200])
  for (const { accessToken } of before) assert.deepEqual(await statuses(accessToken), [401, 401, 401])
})

test('P1, SS-4: an old password never outlives its change, whatever sign-ins with it were in flight', async () => {
  const [person] = people
  assert.ok(person)
  for (let round = 0; round < 3; round += 1) {
    const old = person.password
    const device = await signIn(person, cast.stage, 'changes it')
    const next = `${old} again`
    const attempt = (): Promise<Seen> =>
      cast.stage.http.call(`${cast.stage.url}/session/sign-in`, {
        method: 'POST',
        ...json({ identifier: person.name, password: old, mode: 'token' }),
        patience: 60_000,
      })
    // Sign-ins with the old password before, around and after the change: hashes take long, so they finish on both sides of it.
    const early = Array.from({ length: 8 }, attempt)
    const change = json({ current_password: old, new_password: next })
    const changed = cast.stage.http.call(`${cast.stage.url}/password`, {
      method: 'POST',
      body: change.body,
      headers: { ...change.headers, ...bearer(device.accessToken) },
      patience: 60_000,
    })
    const late = Array.from({ length: 8 }, attempt)
    const answer = await changed
    assert.equal(answer.status, 200, answer.text)
    const signIns = await Promise.all([...early, ...late])
    const born = signIns
      .filter(({ status }) => status === 200)
      .map(({ text }) => (JSON.parse(text) as { access_token: string }).access_token)
    for (const token of born) assert.deepEqual(await statuses(token), [401, 401, 401], 'what the old password gave is dead')
    assert.equal((await attempt()).status, 401)
    const { access_token } = JSON.parse(answer.text) as { access_token: string }
    assert.deepEqual(await statuses(access_token), [200, 200, 200], 'this device goes on')
    person.password = next
    person.devices = []
  }
})

test('P6, S11: rights that were taken away hold at every service while the session lives on; one refresh is enough', async () => {
  const person = people[1]
  assert.ok(person)
  await cast.stage.command('users.roles', { user: person.name, roles: ['editor'] })
  const editor = await signIn(person, cast.stage, 'phone')
  const asEditor = (token: string) =>
    Promise.all(cast.services.map(async ({ url }) => (await cast.stage.http.call(`${url}role`, { headers: bearer(token) })).status))
  assert.deepEqual(await asEditor(editor.accessToken), [200, 200, 200])
  await cast.stage.command('users.roles', { user: person.name, roles: [] })
  assert.deepEqual(await statuses(editor.accessToken), [401, 401, 401], 'the token with the old rights is refused')
  const today = await refresh(person, editor, cast.stage)
  assert.equal(today.sid, editor.sid)
  assert.deepEqual(await statuses(today.accessToken), [200, 200, 200], 'the session lives on')
  assert.deepEqual(await asEditor(today.accessToken), [403, 403, 403], 'without the right')
})
