// For the examples' own tests: the system's Chromium.
import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'

const path = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why a test with a browser cannot run here, or false. */
export const noBrowser: string | false = existsSync(path)
  ? false
  : `there is no browser at ${path}: install Chromium, or name one in CHROMIUM`

/** Starts it for one test. */
export async function startChromium(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] })
  t.after(() => browser.close())
  return browser
}

/** Collects what a page complains about: an error on the console, or a script that fails. */
export function complaints(page: Page): string[] {
  const all: string[] = []
  page.on('console', (message) => message.type() === 'error' && all.push(message.text()))
  page.on('pageerror', (error) => all.push(error.message))
  return all
}
