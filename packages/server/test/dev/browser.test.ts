import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { type Dev, startDev } from '../../src/dev/start-dev.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))
const skip = executablePath === undefined && 'no Chromium on this machine'

let dev: Dev
let browser: Browser

before(async () => {
  if (executablePath === undefined) return
  dev = await startDev({ services: new URL('../../../../examples/microservices', import.meta.url).pathname, port: 0 }, () => undefined)
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run'],
  })
})
after(() => browser?.close())
after(() => dev?.stop())

/** Opens the street in a browser of its own; `problems` is what it complained about. */
async function open(options: BrowserContextOptions): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  await page.goto(dev.street)
  return { page, problems }
}

const headline = (page: Page, text: RegExp) => page.locator('h1', { hasText: text }).waitFor()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).last().click()
/** All three services say it of a device: what one says may come after the headline. Without scripts a page stands still, and is looked at again. */
async function cells(page: Page, column: number, text: RegExp, scripts = true): Promise<void> {
  const third = page.locator(`.facts tbody td:nth-child(${column + 2})`, { hasText: text }).nth(2)
  while (!scripts && (await third.count()) === 0) await page.reload()
  await third.waitFor()
}

async function signIn(page: Page): Promise<void> {
  await press(page, 'Sign in')
  await page.getByLabel('Email or user name').fill(dev.demo.identifier)
  await page.getByLabel('Password').fill(dev.demo.password)
  await press(page, 'Sign in')
  await headline(page, /The laptop is signed in\./)
}

for (const javaScriptEnabled of [true, false]) {
  test(`a person signs in, calls, signs out on two devices, scripts ${javaScriptEnabled ? 'on' : 'off'}; every service refuses (AZ-22)`, {
    skip,
    timeout: 60_000,
  }, async () => {
    const { page, problems } = await open({ javaScriptEnabled })
    await headline(page, /Nobody is signed in\./)
    await signIn(page)
    await cells(page, 0, /^accepted$/, javaScriptEnabled)

    await press(page, 'Open another device')
    await headline(page, /Two devices are signed in\. Every service accepts them\./)
    await press(page, 'Open another device')
    await headline(page, /Three devices are signed in\./)

    await press(page, 'Sign out here phone')
    await headline(page, /The phone is signed out\. No service accepts it any more\./)
    await cells(page, 1, /^refused after [\d.]+\sm?s$/, javaScriptEnabled)
    for (const column of [0, 2]) await cells(page, column, /^accepted$/, javaScriptEnabled)
    assert.match(
      (await page.locator('.slip').textContent()) ?? '',
      /Confirmed in[\s\S]*3 of 3 verifiers acknowledged\.Signed by the issuer, ES256\./,
    )

    await press(page, 'Sign out everywhere')
    await headline(page, /Lights out\. No service accepts any of your devices\./)
    for (const column of [0, 2]) await cells(page, column, /^refused after/, javaScriptEnabled)
    assert.deepEqual(problems, [])
    await page.context().close()
  })
}

test('with scripts, a button that was pressed keeps the focus, and the page was never left', { skip, timeout: 60_000 }, async () => {
  const { page } = await open({})
  await signIn(page)
  let navigations = 0
  page.on('framenavigated', () => {
    navigations += 1
  })
  const button = page.locator('.device').first().locator('button')
  await button.focus()
  await page.keyboard.press('Enter')
  await headline(page, /The laptop is signed out\./)
  assert.ok(await button.evaluate((element) => element === document.activeElement))
  assert.equal(await button.textContent(), 'Sign in againlaptop')
  assert.equal(navigations, 0)
  await page.context().close()
})

test('S4: a service that is stopped is named, waited for, and does not accept afterwards', { skip, timeout: 60_000 }, async () => {
  const { page } = await open({})
  await signIn(page)
  await press(page, 'Open another device')
  await headline(page, /Two devices/)
  const pid = dev.pidOf('inbox') ?? 0
  process.kill(pid, 'SIGSTOP')
  try {
    await press(page, 'Sign out here phone')
    await headline(page, /The phone is signed out, but inbox has not confirmed yet\./)
    await headline(page, /The phone is signed out\. No service accepts it any more\./)
    assert.match((await page.locator('#say p').textContent()) ?? '', /Inbox did not answer, and its lease is over/)
  } finally {
    process.kill(pid, 'SIGCONT')
  }
  await page.locator('.facts tbody tr:nth-child(3) td:nth-child(3)', { hasText: 'refused' }).waitFor()
  await page.context().close()
})

test('what a command ends is seen on the page, device by device', { skip, timeout: 60_000 }, async () => {
  const { page } = await open({})
  await signIn(page)
  await press(page, 'Open another device')
  await headline(page, /Two devices/)
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [
    '-C',
    'curfew-source',
    main,
    '-d',
    dev.database,
    'revoke',
    '--user',
    dev.demo.identifier,
  ])
  assert.match(stdout, /^confirmed /m)
  await headline(page, /The laptop and the phone are signed out\. The services refuse them\./)
  await cells(page, 1, /^refused/)
  await page.context().close()
})

test('WCAG 2.2 1.4.10: nothing is wider than a window of 320 px', { skip, timeout: 60_000 }, async () => {
  const { page } = await open({ viewport: { width: 320, height: 640 } })
  const tooWide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.equal(await tooWide(), 0)
  await press(page, 'Sign in')
  await page.getByLabel('Password').waitFor()
  assert.equal(await tooWide(), 0)
  await page.context().close()
})
