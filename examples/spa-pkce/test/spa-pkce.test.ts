import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { complaints, noBrowser, startChromium } from '../../browser.ts'
import { call, freePort, password, startProgram } from '../../program.ts'

const cwd = join(import.meta.dirname, '..')
const name = { identifier: 'ada', password }

/** A browser of its own, in which somebody signs in by the pages. */
async function device(browser: Browser, site: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.goto(site)
  await page.getByText('Nobody is signed in.').waitFor()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('Email or user name').fill('ada')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('a lantern').waitFor()
  return page
}

test('S16: a static page with PKCE and no secret; two tabs sign in once, and signing out everywhere ends both, and the phone (S15)', {
  skip: noBrowser,
}, async (t) => {
  const pagePort = await freePort()
  const site = `http://localhost:${pagePort}/`
  const program = await startProgram(t, { cwd, argv: ['server.ts'], env: { PAGE_PORT: String(pagePort) } })
  assert.equal((await call('POST', `${program.url}/sign-up`, {}, { ...name, mode: 'token' })).status, 201)
  const browser = await startChromium(t)
  const tab = await device(browser, site)
  assert.equal(tab.url(), site, 'the code is not left in the address')
  const problems = complaints(tab)

  const other = await tab.context().newPage()
  await other.goto(site)
  await other.getByText('a lantern').waitFor() // without typing anything
  const phone = await device(browser, site)
  assert.deepEqual(await tab.evaluate('[Object.keys(localStorage), Object.keys(sessionStorage)]'), [[], []])

  await tab.getByRole('button', { name: 'Sign out…' }).click()
  await tab.getByRole('button', { name: 'Sign out everywhere' }).click()
  await tab.getByText('Nobody is signed in.').waitFor()
  for (const page of [other, phone]) {
    await page.getByText('You are signed in.').waitFor() // it does not know yet
    await page.getByRole('button', { name: 'Look again' }).click()
    await page.getByText('Nobody is signed in.').waitFor()
    await page.reload()
    await page.getByText('Nobody is signed in.').waitFor()
  }
  assert.deepEqual(problems, [])

  // A code that somebody else began, put into this tab by a link: the page does not take it (RFC 9700 §4.7).
  await tab.goto(`${site}?code=theirs&state=theirs&iss=${encodeURIComponent(program.url)}`)
  await tab.getByText('That did not work').waitFor()
  assert.equal(tab.url(), site)
  await program.stop()
})
