import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createProtection } from '../../src/mount/protection.ts'
import { browser, newName } from '../endpoints/calling.ts'
import { open, password } from '../endpoints/running.ts'

const running = await open()
after(() => running.close())

const settings = { loopback: true, origin: running.issuer, origins: [], proxies: { networks: [], header: 'x-forwarded-for' as const } }
const verifier = (of: { audience?: string } = {}) => running.curfew.verifier(of)

test('contract §6: parallel requests of one browser share one renewal, and all get the same token', async () => {
  const page = browser(running.issuer)
  await page.call('POST', '/sign-up', { identifier: newName(), password })
  const request = { method: 'GET', headers: { cookie: `curfew=${page.jar.get('curfew')}` }, address: undefined }
  let count = 0
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const renew = async () => {
    count++
    await opened
    await page.call('POST', '/session/refresh')
    return { access: { token: page.jar.get('curfew-at')!, expiresIn: 300, claims: {} as never } }
  }
  const judge = createProtection({ settings, verifier, renew })({})
  const judging = Array.from({ length: 50 }, () => judge(request))
  await new Promise(setImmediate)
  open()
  const judged = await Promise.all(judging)
  assert.deepEqual(new Set(judged.map(({ verdict }) => verdict.outcome)), new Set(['accepted']))
  assert.equal(new Set(judged.map(({ cookies }) => cookies[0])).size, 1)
  assert.equal(count, 1)
  // Nothing is kept: the next one reads the rights again.
  assert.notEqual((await judge(request)).cookies[0], judged[0]!.cookies[0])
  assert.equal(count, 2)
})

test('V1: a renewal that a sign-out has overtaken lets nobody in', async () => {
  const page = browser(running.issuer)
  await page.call('POST', '/sign-up', { identifier: newName(), password })
  const request = { method: 'GET', headers: { cookie: `curfew=${page.jar.get('curfew')}` }, address: undefined }
  const renew = async () => {
    const token = page.jar.get('curfew-at')!
    await page.call('POST', '/session/sign-out')
    return { access: { token, expiresIn: 300, claims: {} as never } }
  }
  const { verdict } = await createProtection({ settings, verifier, renew })({})(request)
  assert.equal(verdict.outcome, 'refused')
})

test('a renewal that fails is not kept either', async () => {
  let count = 0
  const renew = async () => {
    throw new Error(`the database is away (${++count})`)
  }
  const judge = createProtection({ settings, verifier, renew })({})
  const request = { method: 'GET', headers: { cookie: `curfew=${'x'.repeat(43)}` }, address: undefined }
  await assert.rejects(judge(request), /away \(1\)/)
  await assert.rejects(judge(request), /away \(2\)/)
})

test('BF-4, BF-5: a web socket with cookies is let in for pages of the own origins, and never for those of a sibling subdomain', async () => {
  const page = browser(running.issuer)
  await page.call('POST', '/sign-up', { identifier: newName(), password })
  const cookie = [...page.jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const token = page.jar.get('curfew-at')!
  const renew = () => Promise.reject(new Error('nothing is renewed here'))
  const judge = createProtection({ settings: { ...settings, origins: ['http://app.test'] }, verifier, renew })({})
  const open = (headers: Record<string, string>) =>
    judge({ method: 'GET', headers: { connection: 'Upgrade', upgrade: 'WebSocket', ...headers }, address: undefined })

  for (const origin of ['http://evil.test', 'null', `${running.issuer}.evil.test`])
    await assert.rejects(open({ cookie, origin, 'sec-fetch-site': 'same-site' }), { code: 'csrf', reason: 'socket' })
  await assert.rejects(open({ cookie }), { code: 'csrf', reason: 'socket' })
  for (const origin of [running.issuer, 'http://app.test']) assert.equal((await open({ cookie, origin })).verdict.outcome, 'accepted')
  // No browser adds a Bearer token by itself.
  assert.equal((await open({ authorization: `Bearer ${token}`, origin: 'http://evil.test' })).verdict.outcome, 'accepted')
})
