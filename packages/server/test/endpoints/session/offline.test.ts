import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { payload } from '../../jwt.ts'
import { browser, newName, signedUp } from '../calling.ts'
import { openIssuer, post, tokensFor, web } from '../clients.ts'
import { password } from '../running.ts'

const running = await openIssuer()
const { issuer } = running
after(() => running.close())

/** A browser in which somebody new is signed in, and an application that may go on while they are away. */
async function withOffline() {
  const { name } = await signedUp(running, newName())
  const tokens = await tokensFor(running, name, { scope: 'openid offline_access' })
  const page = browser(issuer)
  await page.call('POST', '/session/sign-in', { identifier: name, password })
  const gid = String(payload(tokens.access_token!).gid)
  let refreshToken = tokens.refresh_token
  return {
    page,
    gid,
    async refresh() {
      const { status, body } = await post(`${issuer}/token`, { grant_type: 'refresh_token', refresh_token: refreshToken }, web)
      refreshToken = body.refresh_token ?? refreshToken
      return status
    },
  }
}

type Device = { sid: string; client: string; current: boolean }

test('contract §3, RF-6: an offline grant is listed as a device of its own, and is signed out by its id there', async () => {
  const { page, gid, refresh } = await withOffline()
  const { sessions } = (await page.call('GET', '/sessions')).body as { sessions: Device[] }
  const offline = sessions.find(({ sid }) => sid === gid)
  assert.partialDeepStrictEqual(offline, { client: 'web', current: false })
  assert.equal(await refresh(), 200)
  const { status, body } = await page.call('DELETE', `/sessions/${gid}`)
  assert.deepEqual([status, body.ended, body.confirmed], [200, 1, true])
  assert.partialDeepStrictEqual(payload(body.receipt), { ended: { gid } })
  assert.equal(await refresh(), 400)
  assert.equal((await page.call('DELETE', `/sessions/${gid}`)).body.ended, 0)
  assert.equal((await page.call('GET', '/session')).status, 200)
})

test('AD-1: somebody else’s offline grant, and a grant that dies with its session, are no devices', async () => {
  const [one, other] = [await withOffline(), await withOffline()]
  assert.equal((await one.page.call('DELETE', `/sessions/${other.gid}`)).status, 404)
  assert.equal(await other.refresh(), 200)
  const { name } = await signedUp(running, newName())
  const page = browser(issuer)
  await page.call('POST', '/session/sign-in', { identifier: name, password })
  const gid = String(payload(page.jar.get('curfew-at')!).gid)
  assert.equal((await page.call('DELETE', `/sessions/${gid}`)).status, 404)
})

test('RF-6: a sign-out of the session leaves it alive and says so; all others and everywhere end it', async () => {
  for (const path of ['/sessions?except=current', '/sessions']) {
    const { page, refresh } = await withOffline()
    assert.equal(await refresh(), 200)
    assert.equal((await page.call('DELETE', path)).body.confirmed, true)
    assert.equal(await refresh(), 400, path)
  }
  const { page, refresh } = await withOffline()
  const { body } = await page.call('POST', '/session/sign-out')
  assert.deepEqual(payload(body.receipt).kept, [{ client: 'web', scope: 'openid offline_access' }])
  assert.equal(await refresh(), 200)
})
