import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { complaints, noBrowser, startChromium } from '../../browser.ts'
import { curfew, password, startProgram } from '../../program.ts'

const cwd = join(import.meta.dirname, '..')

test('S10, S12, S13: React with cookies; no token in the page, two tabs, sign-out everywhere, and out from elsewhere', {
  skip: noBrowser,
}, async (t) => {
  const program = await startProgram(t, { cwd, argv: ['server.ts'] })
  const browser = await startChromium(t)
  const context = await browser.newContext()
  const tab = await context.newPage()
  const problems = complaints(tab)
  await tab.goto(program.url)
  await tab.getByLabel('Name').fill('ada')
  await tab.getByLabel('Password').fill('too short')
  await tab.getByRole('button', { name: 'Sign up' }).click()
  await tab.getByText(/at least 15/).waitFor()
  await tab.getByLabel('Password').fill(password)
  await tab.getByRole('button', { name: 'Sign up' }).click()
  await tab.getByText('You are ada.').waitFor()

  // An injected script finds nothing to take away.
  assert.deepEqual(await tab.evaluate('[document.cookie, Object.keys(localStorage), Object.keys(sessionStorage)]'), ['', [], []])
  assert.ok((await context.cookies()).every(({ httpOnly, sameSite }) => httpOnly && sameSite !== 'None'))

  await tab.getByLabel('A note').fill('light it')
  await tab.getByRole('button', { name: 'Write it down' }).click()
  await tab.getByText('light it').waitFor()

  // The access token goes; the page does not notice: it is renewed inside the request.
  await context.clearCookies({ name: 'curfew-at' })
  const other = await context.newPage()
  await other.goto(program.url)
  await other.getByText('light it').waitFor()

  await tab.getByRole('button', { name: 'Sign out everywhere' }).click()
  await tab.getByText('Nobody is signed in.').waitFor()
  await other.getByText('Nobody is signed in.').waitFor() // told by the other tab
  const left = (await context.cookies()).map(({ name }) => name)
  assert.ok(!left.includes('curfew') && !left.includes('curfew-at'), 'that somebody was here before may stay, not who is signed in')

  await other.getByLabel('Name').fill('ada')
  await other.getByLabel('Password').fill(password)
  await other.getByRole('button', { name: 'Sign in' }).click()
  await other.getByText('You are ada.').waitFor()
  await tab.getByText('You are ada.').waitFor()
  curfew(cwd, program.database, 'revoke', '--user', 'ada')
  await tab.getByLabel('A note').fill('too late')
  await tab.getByRole('button', { name: 'Write it down' }).click()
  await tab.getByText('Nobody is signed in.').waitFor()

  // Refusals are told on the console as 4xx; nothing else is.
  assert.deepEqual(
    problems.filter((text) => !/status of 4\d\d/.test(text)),
    [],
  )
  await program.stop()
})
