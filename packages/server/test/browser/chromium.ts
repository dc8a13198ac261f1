import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { type Browser, chromium } from 'playwright-core'

const path = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Starts the system's Chromium for one test; without one the test is skipped, and says so. */
export async function startChromium(t: TestContext): Promise<Browser | undefined> {
  if (!existsSync(path)) {
    t.skip(`There is no browser at ${path}: install Chromium, or name one in CHROMIUM.`)
    return undefined
  }
  const browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
  t.after(() => browser.close())
  return browser
}
