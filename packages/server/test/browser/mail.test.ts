import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMailServer } from '../accounts/mail-server.ts'
import { call, signedUp } from '../endpoints/calling.ts'
import { open, password } from '../endpoints/running.ts'
import { startChromium } from './chromium.ts'

const next = 'kohlrabi on the tram to nowhere'

test('AZ-22, PR-1, PR-3: a lost password and a sign-in by mail, in a browser without scripts; nothing tells the address of a link to others', async (t) => {
  const browser = await startChromium(t)
  if (!browser) return
  const mails = await startMailServer()
  const running = await open({ accounts: { signUp: true, mailLink: true }, mail: { from: 'login@issuer.test', transport: mails.url } })
  t.after(async () => {
    await running.close()
    await mails.close()
  })
  const mail = 'ada@example.com'
  await signedUp(running, mail)
  const token = (await mails.next(mail)).link?.searchParams.get('token')
  await call(running.issuer, 'POST', '/mail/verify', { token })

  const page = await (await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 700 } })).newPage()
  const problems: string[] = []
  const referrers: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('request', async (request) => referrers.push((await request.headerValue('referer')) ?? ''))
  await page.goto(`${running.issuer}/account`)
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('Email or user name').fill(mail)
  await page.getByRole('button', { name: 'Mail me a link' }).click()
  await page.getByRole('heading', { name: 'Look in your mail' }).waitFor()
  await page.goto((await mails.next(mail)).link!.href)
  await page.getByLabel('New password').fill('password12345678')
  await page.getByRole('button', { name: 'Change it' }).click()
  await page.getByText('easy to guess').waitFor()
  assert.equal(await page.getByRole('alert').evaluate((element) => element === element.ownerDocument.activeElement), true)
  await page.getByLabel('New password').fill(next)
  await page.getByRole('button', { name: 'Change it' }).click()
  await page.getByRole('heading', { name: 'Your password is changed' }).waitFor()
  assert.doesNotMatch(page.url(), /token/)
  const signIn = (secret: string) => call(running.issuer, 'POST', '/session/sign-in', { identifier: mail, password: secret, mode: 'token' })
  assert.deepEqual([(await signIn(password)).status, (await signIn(next)).status], [401, 200])
  await mails.next(mail)

  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'Sign in by mail' }).click()
  await page.getByLabel('Email or user name').fill(mail)
  await page.getByRole('button', { name: 'Mail me a link' }).click()
  await page.getByRole('heading', { name: 'Look in your mail' }).waitFor()
  await page.goto((await mails.next(mail)).link!.href)
  await page.getByRole('heading', { name: `Sign in as ${mail}?` }).waitFor()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'Your account' }).click()
  await page.getByText('This device').first().waitFor()
  assert.deepEqual(
    problems.filter((text) => !text.includes('400 (Bad Request)')),
    [],
  )
  assert.ok(referrers.length > 8)
  assert.doesNotMatch(referrers.join(' '), /token/)
})
