import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { device, signedUp } from '../endpoints/calling.ts'
import { open, password } from '../endpoints/running.ts'
import { startChromium } from './chromium.ts'

/** Nothing of the page lies beside it, at the width that WCAG 2.2 1.4.10 asks for. */
async function fits(page: Page, what: string): Promise<void> {
  const [wide = 0, width = 0] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert.ok(wide <= width, `${what}: ${wide} of ${width}`)
  const small = await page.$$eval(
    'button, a.button',
    (all) => all.map((one) => one.getBoundingClientRect()).filter(({ width, height }) => width < 24 || height < 24).length,
  )
  assert.equal(small, 0, `${what}: WCAG 2.2 2.5.8, every target has 24 pixels`)
}

for (const [colorScheme, scripts] of [
  ['light', false],
  ['dark', true],
] as const) {
  test(`SS-3, AZ-22, WCAG 2.2 1.4.10, 2.4.3: the account page at 320 pixels, ${colorScheme}, scripts ${scripts ? 'on' : 'off'}, by keyboard`, async (t) => {
    const chromium = await startChromium(t)
    if (!chromium) return
    const running = await open()
    t.after(() => running.close())
    const { name } = await signedUp(running)
    const phone = await device(
      running,
      name,
      'A phone with a name that is as long as names of devices ever get, and somewhat longer than that',
    )
    const context = await chromium.newContext({ javaScriptEnabled: scripts, colorScheme, viewport: { width: 320, height: 640 } })
    const page = await context.newPage()
    const problems: string[] = []
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    page.on('pageerror', (error) => problems.push(error.message))

    await page.goto(`${running.issuer}/account`)
    await fits(page, 'sign in')
    await page.getByLabel('Email or user name').fill(name)
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor()
    await fits(page, 'the list')

    await page.getByRole('button', { name: 'Sign out A phone' }).focus()
    await page.keyboard.press('Enter')
    const news = page.getByRole('status')
    await news.waitFor()
    assert.match((await news.textContent()) ?? '', /A phone with .* is signed out\.No service accepts it any more\./)
    assert.equal(await news.evaluate((one) => one === document.activeElement), true, 'what happened has the focus')
    assert.equal((await phone.call('GET', '/session')).status, 401)
    await fits(page, 'signed out there')

    await page.getByRole('link', { name: 'Change the password' }).click()
    await fits(page, 'the password')
    await page.getByLabel('Present password').fill('not the right one')
    await page.getByLabel('New password').fill('a new password, long enough')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    assert.equal(await page.getByRole('alert').evaluate((one) => one === document.activeElement), true, 'what went wrong has the focus')
    await fits(page, 'the password, wrong')
    await page.getByLabel('Present password').fill(password)
    await page.getByLabel('New password').fill('a new password, long enough')
    await page.keyboard.press('Enter')
    await page.getByText('Your password is changed').waitFor()
    await page.getByRole('button', { name: /^Sign out \S+ on / }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    // The wrong password is a 400, which the console tells; a policy that stops a style, script or form would be there, too.
    assert.deepEqual(
      problems.filter((text) => !text.includes('400 (Bad Request)')),
      [],
    )
  })
}
