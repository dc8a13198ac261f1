import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { bearer, call, freePort, password, startProgram } from '../../program.ts'

const cwd = join(import.meta.dirname, '..')
/** The binary that test/ferretdb builds; or MONGODB_URL, a server of your own. */
const ferretdb = process.env.FERRETDB ?? ''
const has = process.env.MONGODB_URL !== undefined || existsSync(ferretdb)

async function mongodb(t: TestContext): Promise<string> {
  if (process.env.MONGODB_URL !== undefined) return process.env.MONGODB_URL
  const folder = mkdtempSync(join(tmpdir(), 'ferretdb-'))
  const port = await freePort()
  const server = spawn(ferretdb, [`127.0.0.1:${port}`, folder], { stdio: 'ignore' })
  const exit = once(server, 'exit')
  t.after(async () => {
    if (server.kill('SIGKILL')) await exit
    rmSync(folder, { recursive: true, force: true })
  })
  for (let tries = 0; tries < 200; tries += 1) {
    if (await listens(port)) return `mongodb://127.0.0.1:${port}/`
    assert.equal(server.exitCode, null, 'FerretDB ended')
    await pause(50)
  }
  return assert.fail('FerretDB does not listen')
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

test('question S7: users and data in MongoDB; sign-in, rights at each refresh, blocking and new roles through authenticate and find (S11, S19)', {
  skip: has ? false : 'no server that speaks MongoDB: build test/ferretdb and name it in FERRETDB, or set MONGODB_URL',
}, async (t) => {
  const MONGODB_URL = await mongodb(t)
  const program = await startProgram(t, { cwd, argv: ['app.ts'], env: { MONGODB_URL } })
  const { url } = program
  const signIn = (name: string) => call('POST', `${url}/session/sign-in`, {}, { identifier: name, password, mode: 'token' })

  const both = await Promise.all(['ada', 'ada', 'grace'].map((name) => call('POST', `${url}/users`, {}, { name, password })))
  assert.deepEqual(both.map(({ status }) => status).sort(), [201, 201, 409])
  assert.equal((await call('POST', `${url}/users`, {}, { name: { $ne: '' }, password })).status, 400)
  const wrong = await call('POST', `${url}/session/sign-in`, {}, { identifier: 'ada', password: 'a short walk by the sea', mode: 'token' })
  const unknown = await call('POST', `${url}/session/sign-in`, {}, { identifier: 'nobody', password, mode: 'token' })
  assert.deepEqual(
    [wrong.status, wrong.body.error, unknown.status, unknown.body.error],
    [401, 'invalid_credentials', 401, 'invalid_credentials'],
  )

  const ada = (await signIn('ada')).body
  assert.equal((await call('POST', `${url}/orders`, bearer(ada.access_token), { what: 'a lantern' })).status, 201)
  assert.deepEqual((await call('GET', `${url}/orders`, bearer(ada.access_token))).body, ['a lantern'])
  const grace = (await signIn('grace')).body
  assert.deepEqual((await call('GET', `${url}/orders`, bearer(grace.access_token))).body, [])

  // Nobody is an admin yet: in the database, behind the application's back, and it holds from the next refresh on.
  const block = (token: string) => call('PUT', `${url}/users/grace/blocked`, bearer(token))
  assert.equal((await block(ada.access_token)).status, 403)
  const direct = await new MongoClient(MONGODB_URL).connect()
  t.after(() => direct.close())
  await direct
    .db('shop')
    .collection('users')
    .updateOne({ name: 'ada' }, { $set: { roles: ['admin'] } })
  const admin = (await call('POST', `${url}/session/refresh`, {}, { refresh_token: ada.refresh_token })).body
  const blocked = await block(admin.access_token)
  assert.deepEqual([blocked.status, blocked.body], [200, { confirmed: true }])
  assert.equal((await call('GET', `${url}/orders`, bearer(grace.access_token))).status, 401)
  assert.equal((await signIn('grace')).status, 401)

  // Through the application: the token with the old roles is refused, the session lives on.
  assert.equal((await call('PUT', `${url}/users/ada/roles`, bearer(admin.access_token), [])).status, 200)
  assert.equal((await call('GET', `${url}/orders`, bearer(admin.access_token))).status, 401)
  const again = (await call('POST', `${url}/session/refresh`, {}, { refresh_token: admin.refresh_token })).body
  assert.equal((await block(again.access_token)).status, 403)

  // A user who is gone from the database gets nothing more.
  await direct.db('shop').collection('users').deleteOne({ name: 'ada' })
  const gone = await call('POST', `${url}/session/refresh`, {}, { refresh_token: again.refresh_token })
  assert.deepEqual([gone.status, gone.body.error, gone.body.reason], [401, 'session_ended', 'disabled'])
  assert.equal((await call('GET', `${url}/orders`, bearer(again.access_token))).status, 401)
  await program.stop()
})
