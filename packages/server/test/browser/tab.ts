import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { chromium, type Page } from 'playwright-core'
import type { Certificate } from './certificate.ts'
import { startFirefox } from './firefox.ts'

/** One tab, as little of it as both browsers' drivers have alike. Expressions are text, and their promises are waited for. */
export interface Tab {
  goto(url: string): Promise<unknown>
  evaluate<T>(expression: string): Promise<T>
  /** Evaluates something that leads to another page, and waits until that is loaded. */
  andLoad(expression: string): Promise<void>
  back(): Promise<void>
  /** What can be read in each frame; '' where that is nothing. */
  frames(): Promise<string[]>
}

/** Somebody with a browser of their own: its cookies are nobody else's. */
export interface Person {
  open(): Promise<Tab>
  close(): Promise<unknown>
}

/** A page is loaded, and to be seen. */
export const shown = `document.readyState === 'complete' && !document.body.hidden`

/** The browsers that the matrix runs in. */
export type BrowserName = 'chromium' | 'firefox'

/** Starts one; undefined: it is not here, and the test is skipped. */
export async function startBrowser(
  t: TestContext,
  name: BrowserName,
  certificate: Certificate,
): Promise<(() => Promise<Person>) | undefined> {
  return name === 'firefox' ? startFirefox(t) : startChromium(t, certificate)
}

const path = process.env.CHROMIUM ?? '/usr/bin/chromium'

async function startChromium(t: TestContext, { pin }: Certificate): Promise<(() => Promise<Person>) | undefined> {
  if (!existsSync(path)) {
    t.skip(`There is no browser at ${path}: install Chromium, or name one in CHROMIUM.`)
    return undefined
  }
  const browser = await chromium.launch({
    executablePath: path,
    // Taken for good, not as an error that is passed over: pages with an error have no place in the back/forward cache.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--ignore-certificate-errors-spki-list=${pin}`],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
  t.after(() => browser.close())
  return async () => {
    const context = await browser.newContext()
    return { open: async () => tabOf(await context.newPage()), close: () => context.close() }
  }
}

function tabOf(page: Page): Tab {
  const loaded = async (act: () => Promise<unknown>): Promise<void> => {
    await Promise.all([page.waitForEvent('load'), act()])
  }
  return {
    goto: (url) => page.goto(url),
    evaluate: (expression) => page.evaluate(expression),
    andLoad: (expression) => loaded(() => page.evaluate(`(${expression}, null)`)),
    async back() {
      // A page out of the back/forward cache is there at once; one of ours is asked for anew then.
      await page.goBack({ waitUntil: 'commit' })
      await page.waitForFunction(shown)
    },
    frames: () =>
      Promise.all(
        page
          .frames()
          .filter((frame) => frame !== page.mainFrame())
          .map((frame) => frame.evaluate('document.body.innerText').then(String, () => '')),
      ),
  }
}
