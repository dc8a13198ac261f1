import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Bidi, connectBidi } from './bidi.ts'
import { type Person, shown, type Tab } from './tab.ts'

const path = process.env.FIREFOX ?? '/usr/bin/firefox-esr'

/** No call home, no first-run page, no update. */
const preferences = {
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.normandy.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'extensions.update.enabled': false,
}

/** Starts the system's Firefox for one test, driven by WebDriver BiDi; without one the test is skipped, and says so. */
export async function startFirefox(t: TestContext): Promise<(() => Promise<Person>) | undefined> {
  if (!existsSync(path)) {
    t.skip(`There is no browser at ${path}: install Firefox, or name one in FIREFOX.`)
    return undefined
  }
  const profile = mkdtempSync(join(tmpdir(), 'curfew-firefox-'))
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`)
  writeFileSync(join(profile, 'user.js'), lines.join('\n'))
  const child = spawn(path, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0', 'about:blank'], {
    env: { ...process.env, HOME: profile, MOZ_HEADLESS: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((done) => child.once('close', () => done()))
  let bidi: Bidi | undefined
  t.after(async () => {
    await bidi?.command('browser.close', {}).catch(() => undefined)
    bidi?.close()
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
    await ended
    clearTimeout(late)
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  const url = await new Promise<string>((found, failed) => {
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000)
      const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(said) ?? []
      if (address !== undefined) found(address)
    })
    child.once('close', () => failed(new Error(`Firefox ended before it listened: ${said}`)))
    child.once('error', failed)
  })
  const driver = await connectBidi(`${url}/session`)
  bidi = driver
  await driver.command('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } })
  await driver.command('session.subscribe', { events: ['browsingContext.load', 'browsingContext.navigationCommitted'] })
  return async () => {
    const { userContext } = await driver.command<{ userContext: string }>('browser.createUserContext', {})
    return {
      open: () => openTab(driver, userContext),
      close: () => driver.command('browser.removeUserContext', { userContext }),
    }
  }
}

async function openTab(bidi: Bidi, userContext: string): Promise<Tab> {
  const { context } = await bidi.command<{ context: string }>('browsingContext.create', { type: 'tab', userContext })
  const evaluateIn = async <T>(where: string, expression: string): Promise<T> => {
    // As JSON: BiDi's own form of values would have to be taken apart.
    const wrapped = `Promise.resolve(${expression}).then((value) => JSON.stringify(value ?? null))`
    const answer = await bidi.command<Evaluated>('script.evaluate', { expression: wrapped, target: { context: where }, awaitPromise: true })
    if (answer.type === 'exception') throw new Error(answer.exceptionDetails?.text)
    return JSON.parse(answer.result?.value ?? 'null') as T
  }
  const loaded = (act: () => Promise<unknown>): Promise<void> =>
    new Promise((done, failed) => {
      const off = bidi.on('browsingContext.load', (params) => {
        if (params.context !== context) return
        off()
        done()
      })
      act().catch(failed)
    })
  return {
    goto: (url) => bidi.command('browsingContext.navigate', { context, url, wait: 'complete' }),
    evaluate: (expression) => evaluateIn(context, expression),
    andLoad: (expression) => loaded(() => evaluateIn(context, `(${expression}, null)`)),
    async back() {
      const committed = new Promise<void>((done) => {
        const off = bidi.on('browsingContext.navigationCommitted', (params) => {
          if (params.context !== context) return
          off()
          done()
        })
      })
      await bidi.command('browsingContext.traverseHistory', { context, delta: -1 })
      await committed
      // A page that goes away takes the question with it.
      while (!(await evaluateIn<boolean>(context, shown).catch(() => false)));
    },
    async frames() {
      const { contexts } = await bidi.command<{ contexts: { children: { context: string }[] }[] }>('browsingContext.getTree', {
        root: context,
      })
      const children = contexts[0]?.children ?? []
      return Promise.all(children.map((child) => evaluateIn<string>(child.context, 'document.body.innerText').catch(() => '')))
    },
  }
}

type Evaluated = { type: string; result?: { value?: string }; exceptionDetails?: { text?: string } }
