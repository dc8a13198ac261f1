import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { authorizeUrl, pkce, post, seenBy, signUp } from '../endpoints/clients.ts'
import { password } from '../endpoints/running.ts'
import { payload } from '../jwt.ts'
import { startChromium } from './chromium.ts'
import { type ClientSite, openClientSite } from './client-site.ts'

/** One device: a browser of its own, somebody signed in, the token that the application got. */
async function device(
  browser: Browser,
  { origin, running }: ClientSite,
  scripts: boolean,
): Promise<{ page: Page; token: string; idToken: string }> {
  const context = await browser.newContext({ javaScriptEnabled: scripts, viewport: { width: 390, height: 780 } })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(error.message))
  const { verifier, challenge } = pkce()
  const site = { client_id: 'site', redirect_uri: `${origin}/back`, scope: 'openid profile orders:read' }
  await page.goto(authorizeUrl(running, challenge, site))
  await page.getByLabel('Email or user name').fill('ada')
  await page.getByLabel('Password').fill('not the right one')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('That did not match.').waitFor()
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  const allow = page.getByRole('button', { name: 'Allow', exact: true })
  await Promise.race([allow.waitFor(), page.waitForURL(`${origin}/back*`)])
  if (await allow.isVisible()) {
    assert.ok(await page.getByText('orders:read').isVisible())
    await allow.click()
  }
  await page.waitForURL(`${origin}/back*`)
  const code = new URL(page.url()).searchParams.get('code') ?? ''
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, client_id: 'site', redirect_uri: site.redirect_uri }
  const { body } = await post(`${running.issuer}/token`, form)
  // The wrong password is a 400, which the console tells; a policy that stops a style, script or form would be there, too.
  assert.deepEqual(
    problems.filter((text) => !text.includes('400 (Bad Request)')),
    [],
  )
  return { page, token: body.access_token ?? '', idToken: body.id_token ?? '' }
}

for (const scripts of [false, true]) {
  test(`AZ-22, BF-10, ES-1, ES-6, ES-7: signs in, calls, and signs out on two devices, scripts ${scripts ? 'on' : 'off'}`, async (t) => {
    const browser = await startChromium(t)
    if (!browser) return
    const site = await openClientSite(t, (_request, response) => response.end('<!doctype html><title>Orders</title>back'), 'ask')
    const { origin, running } = site
    await signUp(running, 'ada')
    const laptop = await device(browser, site, scripts)
    const phone = await device(browser, site, scripts)
    for (const { token } of [laptop, phone]) assert.equal(await seenBy(running, token), 'accepted')

    const { page } = laptop
    await page.goto(`${running.issuer}/end-session`)
    await page.getByText('3 devices').waitFor() // the sign-up was one, too
    await page.getByRole('button', { name: 'Sign out here' }).click()
    await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
    assert.equal(await seenBy(running, laptop.token), 'refused')
    assert.equal(await seenBy(running, phone.token), 'accepted')
    assert.deepEqual(
      (await page.context().cookies()).filter(({ name }) => name === 'curfew'),
      [],
    )
    await page.goBack()
    await page.getByText('Nobody is signed in').waitFor() // ES-7: nothing private is left behind

    await phone.page.goto(`${running.issuer}/end-session?client_id=site&post_logout_redirect_uri=${encodeURIComponent(`${origin}/bye`)}`)
    await phone.page.getByRole('button', { name: 'Sign out everywhere' }).click()
    await phone.page.waitForURL(`${origin}/bye`)
    assert.equal(await seenBy(running, phone.token), 'refused')
  })
}

test('ES-5: a page of another site that loads and posts the sign-out does nothing', async (t) => {
  const browser = await startChromium(t)
  if (!browser) return
  let issuer = ''
  const site = await openClientSite(
    t,
    (request, response) => {
      response.setHeader('content-type', 'text/html')
      if (!request.url?.startsWith('/evil')) return void response.end('back')
      const forms = `<form method=post action="${issuer}/end-session" target=there><input name=scope value=everywhere></form>`
      response.end(`<!doctype html><img src="${issuer}/end-session"><iframe name=there src="${issuer}/end-session"></iframe>${forms}
        <script>document.forms[0].submit()</script>`)
    },
    'skip',
  )
  issuer = site.running.issuer
  await signUp(site.running, 'ada')
  const { page, token, idToken } = await device(browser, site, true)
  await page.goto(`${site.origin}/evil`, { waitUntil: 'networkidle' })
  assert.equal(await seenBy(site.running, token), 'accepted')
  // With the ID token, which only the client has, the same link would have done it.
  await page.goto(`${issuer}/end-session?id_token_hint=${idToken}`)
  assert.equal(await seenBy(site.running, token), 'refused')
  assert.equal(typeof payload(idToken).sid, 'string')
})
