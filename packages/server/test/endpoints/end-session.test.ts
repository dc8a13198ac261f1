import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { payload } from '../jwt.ts'
import { reads } from '../pages/samples.ts'
import { openIssuer, post, seenBy, signUp, tokensFor, web } from './clients.ts'
import { formBrowser } from './form-browser.ts'
import type { Running } from './running.ts'

let running: Running
before(async () => {
  running = await openIssuer()
  await signUp(running, 'ada')
  await signUp(running, 'bob')
  await running.curfew.verifier().ready()
})
after(() => running.close())

const bye = 'https://web.test/bye'
const to = (parameters: Record<string, string | undefined> = {}) => {
  const url = new URL(`${running.issuer}/end-session`)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

describe('with an ID token of the very session', () => {
  test('ES-1, ES-3, ES-4: ends it without a question, and goes on when it is confirmed, with the state', async () => {
    const { browser, ...tokens } = await tokensFor(running, 'ada')
    const page = await browser.go(to({ id_token_hint: tokens.id_token, post_logout_redirect_uri: bye, state: 'a b&c' }))
    assert.equal(page.left?.href, `${bye}?state=a%20b%26c`)
    assert.equal(page.trail.at(-1)?.status, 303)
    assert.equal(await seenBy(running, tokens.access_token), 'refused')
    assert.equal(
      (await post(`${running.issuer}/token`, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }, web)).status,
      400,
    )
    // ES-6
    assert.equal(page.headers.get('clear-site-data'), '"cache"')
    assert.equal(page.headers.get('cache-control'), 'no-store')
    const gone = page.headers.getSetCookie()
    assert.ok(
      gone.some(
        (line) => line.startsWith('curfew=;') && line.includes('Max-Age=0') && line.includes('Path=/') && line.includes('HttpOnly'),
      ),
    )
    assert.equal(browser.cookies.has('curfew'), false)
    // ES-7: once more does no harm.
    assert.equal((await browser.go(to({ id_token_hint: tokens.id_token, post_logout_redirect_uri: bye }))).left?.href, bye)
  })

  test('ES-2: one that expired is as good; by POST from another site, without our cookies, too', async () => {
    const { browser, ...tokens } = await tokensFor(running, 'ada')
    running.advance(3_600_000)
    const foreign = formBrowser()
    const body = new URLSearchParams({ id_token_hint: tokens.id_token ?? '', client_id: 'web', post_logout_redirect_uri: bye })
    assert.equal((await foreign.go(`${running.issuer}/end-session`, { method: 'POST', body })).left?.href, bye)
    const left = await browser.go(`${running.issuer}/authorize?client_id=web`)
    assert.equal(left.status, 400)
    assert.match(reads((await browser.go(to())).text), /Nobody is signed in/)
  })

  test('without an address: the page says what the receipt says', async () => {
    const { browser, ...tokens } = await tokensFor(running, 'ada')
    const page = await browser.go(to({ id_token_hint: tokens.id_token }))
    assert.equal(page.status, 200)
    assert.match(reads(page.text), /You are signed out/)
    assert.match(reads(page.text), /No service accepts this device any more/)
    assert.equal(page.headers.get('clear-site-data'), '"cache"')
  })
})

describe('without one', () => {
  test('ES-1, ES-5: a link of any site does nothing but ask; the answer signs out', async () => {
    const { browser, ...tokens } = await tokensFor(running, 'ada')
    for (const url of [to(), to({ client_id: 'web', post_logout_redirect_uri: bye }), to({ id_token_hint: 'garbage' })]) {
      const page = await browser.go(url)
      assert.match(reads(page.text), /Sign out\?/)
      assert.equal(await seenBy(running, tokens.access_token), 'accepted')
    }
    const done = await browser.submit(await browser.go(to()), { scope: 'here' })
    assert.match(reads(done.text), /You are signed out/)
    assert.equal(await seenBy(running, tokens.access_token), 'refused')
    assert.match(reads((await browser.go(to())).text), /Nobody is signed in/) // ES-7
  })

  test('ES-3: with client_id and the answer it goes on; never to an address that is not exactly registered', async () => {
    for (const [address, client, expected] of [
      [bye, 'web', bye],
      ['https://web.test/bye/', 'web', undefined],
      ['https://evil.test/', 'web', undefined],
      [bye, 'native', undefined],
      [bye, undefined, undefined],
    ] as const) {
      const { browser } = await tokensFor(running, 'ada')
      const page = await browser.submit(await browser.go(to({ client_id: client, post_logout_redirect_uri: address })), { scope: 'here' })
      assert.equal(page.left?.href, expected)
      if (!expected) assert.match(reads(page.text), /You are signed out/)
    }
    const nobody = await formBrowser().go(to({ client_id: 'web', post_logout_redirect_uri: bye }))
    assert.equal(nobody.left, undefined)
    assert.match(nobody.text, new RegExp(`href="${bye}"`))
  })

  test('ES-5: its form needs the synchronizer token of this browser', async () => {
    const { browser, ...tokens } = await tokensFor(running, 'ada')
    const page = await browser.go(to())
    assert.equal((await browser.submit(page, { scope: 'here', csrf: 'x' })).status, 403)
    const forged = await browser.go(`${running.issuer}/end-session`, { method: 'POST', body: new URLSearchParams({ scope: 'everywhere' }) })
    assert.match(reads(forged.text), /Sign out\?/)
    assert.equal(await seenBy(running, tokens.access_token), 'accepted')
  })

  test('everywhere means every device', async () => {
    const here = await tokensFor(running, 'ada')
    const there = await tokensFor(running, 'ada')
    const bob = await tokensFor(running, 'bob')
    const done = await here.browser.submit(await here.browser.go(to()), { scope: 'everywhere' })
    assert.match(reads(done.text), /any of your devices/)
    assert.equal(await seenBy(running, there.access_token), 'refused')
    assert.equal(await seenBy(running, bob.access_token), 'accepted')
  })
})

test('ES-2: an ID token of another session, of somebody else, for another client, or of nobody: it is asked', async () => {
  const { browser, ...mine } = await tokensFor(running, 'ada')
  const other = await tokensFor(running, 'ada')
  const bob = await tokensFor(running, 'bob')
  const [, body] = mine.id_token!.split('.')
  const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`
  for (const hints of [
    { id_token_hint: other.id_token },
    { id_token_hint: bob.id_token },
    { id_token_hint: mine.id_token, client_id: 'native' },
    { id_token_hint: mine.access_token },
    { id_token_hint: none },
    { id_token_hint: `${mine.id_token!.slice(0, -6)}AAAAAA` },
  ]) {
    assert.match(reads((await browser.go(to(hints))).text), /Sign out\?/)
  }
  for (const { access_token } of [mine, other, bob]) assert.equal(await seenBy(running, access_token), 'accepted')
  assert.equal(payload(mine.id_token).sid === payload(other.id_token).sid, false)
})
