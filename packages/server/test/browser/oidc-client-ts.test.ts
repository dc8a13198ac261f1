import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { post, seenBy, signUp } from '../endpoints/clients.ts'
import { password } from '../endpoints/running.ts'
import { startChromium } from './chromium.ts'
import { openClientSite } from './client-site.ts'

const library = readFileSync(
  join(dirname(createRequire(import.meta.url).resolve('oidc-client-ts/package.json')), 'dist/browser/oidc-client-ts.min.js'),
)

/** The whole application: the library with its defaults, tokens in a store that tabs share. */
const application = (
  issuer: string,
  origin: string,
): string => `<!doctype html><title>Orders</title><script src="/library.js"></script><script>
  const manager = new oidc.UserManager({
    authority: ${JSON.stringify(issuer)},
    client_id: 'site',
    redirect_uri: ${JSON.stringify(`${origin}/back`)},
    post_logout_redirect_uri: ${JSON.stringify(`${origin}/bye`)},
    scope: 'openid profile orders:read',
    loadUserInfo: true,
    automaticSilentRenew: false,
    revokeTokensOnSignout: false,
    userStore: new oidc.WebStorageStateStore({ store: localStorage }),
  })
  window.ready = location.pathname === '/back' ? manager.signinRedirectCallback().then((user) => user.profile) : Promise.resolve(null)
</script>`

test('oidc-client-ts in Chromium: signs in, two tabs that renew at once stay signed in, signs out (S16, RF-3)', async (t) => {
  const browser = await startChromium(t)
  if (!browser) return
  const { origin, running } = await openClientSite(
    t,
    (request, response) => {
      const isLibrary = request.url === '/library.js'
      response.setHeader('content-type', isLibrary ? 'text/javascript' : 'text/html')
      response.end(isLibrary ? library : application(running.issuer, origin))
    },
    'skip',
  )
  await signUp(running, 'ada')
  const context = await browser.newContext()
  const tab = await context.newPage()
  await tab.goto(origin)
  await tab.evaluate('void manager.signinRedirect({ state: "somewhere" })')
  await tab.getByLabel('Email or user name').fill('ada')
  await tab.getByLabel('Password').fill(password)
  await tab.getByRole('button', { name: 'Sign in' }).click()
  await tab.waitForURL(`${origin}/back*`)
  const profile = (await tab.evaluate('ready')) as Record<string, unknown>
  assert.equal(profile.name, 'ada') // read from userinfo, with CORS for the client's origin

  const other = await context.newPage()
  await other.goto(origin)
  const renew = (page: Page): Promise<string> => page.evaluate('manager.signinSilent().then((user) => user.access_token)')
  for (let round = 0; round < 5; round += 1) {
    const tokens = await Promise.all([renew(tab), renew(other), renew(tab), renew(other)])
    for (const token of tokens) assert.equal(await seenBy(running, token), 'accepted', `round ${round}`)
  }
  assert.equal(running.lines.filter(({ event }) => event === 'refresh.replayed').length, 0)

  const last = await renew(other)
  const refreshToken = (await other.evaluate('manager.getUser().then((user) => user.refresh_token)')) as string
  await tab.evaluate('void manager.signoutRedirect()')
  await tab.waitForURL(`${origin}/bye*`)
  assert.equal(await seenBy(running, last), 'refused')
  assert.equal(await other.evaluate('manager.getUser()'), null)
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'site' }
  assert.equal((await post(`${running.issuer}/token`, form)).body.error, 'invalid_grant')
})
