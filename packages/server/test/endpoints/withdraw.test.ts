import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { reads } from '../pages/samples.ts'
import { authorizeUrl, openIssuer, pkce, post, seenBy, signIn, signUp, tokensFor } from './clients.ts'
import { type FormBrowser, formBrowser, type Shown } from './form-browser.ts'

const running = await openIssuer()
after(() => running.close())
const at = `${running.issuer}/account`
const back = 'https://native.test/back'
const native = { client_id: 'native', redirect_uri: back, scope: 'openid profile orders:read' }

/** Allows `native` what it asks for, unless that was allowed before. */
async function codeOf(browser: FormBrowser, name: string): Promise<{ code: string; verifier: string; isAsked: boolean }> {
  const { verifier, challenge } = pkce()
  let page = await browser.go(authorizeUrl(running, challenge, native))
  if (page.text.includes('name="password"')) page = await signIn(browser, page, name)
  const isAsked = page.text.includes('name="answer"')
  if (isAsked) page = await browser.submit(page, { answer: 'allow' })
  return { code: page.left?.searchParams.get('code') ?? assert.fail(reads(page.text)), verifier, isAsked }
}

function redeem({ code, verifier }: { code: string; verifier: string }) {
  const form = { grant_type: 'authorization_code', client_id: 'native', code, code_verifier: verifier, redirect_uri: back }
  return post(`${running.issuer}/token`, form)
}

function withdraw(browser: FormBrowser, page: Shown, client = 'native', csrf = /name="csrf" value="([^"]+)"/.exec(page.text)![1]!) {
  return browser.go(`${at}/withdraw`, { method: 'POST', body: new URLSearchParams({ csrf, client }) })
}

test('RF-5, SS-3: an app with access is shown with where it is and what it may do; taken back, all that it has is dead when the page answers', async () => {
  const names = ['ada', 'bob']
  for (const name of names) await signUp(running, name)
  const [ada, bob] = [formBrowser(), formBrowser()]
  const [first, second, theirs] = [
    await redeem(await codeOf(ada, 'ada')),
    await redeem(await codeOf(ada, 'ada')),
    await redeem(await codeOf(bob, 'bob')),
  ]
  const waiting = await codeOf(ada, 'ada')
  assert.equal(waiting.isAsked, false)
  const page = await ada.go(at)
  assert.match(
    reads(page.text),
    /Apps with access to your account Orders Native native\.test, may know that it is you, see your name and orders:read, allowed just now Withdraw/,
  )
  const out = await withdraw(ada, page)
  assert.equal(out.status, 200)
  assert.match(reads(out.text), /What Orders Native was allowed is withdrawn\. No service accepts what it had any more/)
  assert.match(reads(out.text), /Orders Native Withdrawn just now/)
  for (const { body } of [first, second]) {
    assert.equal(await seenBy(running, body.access_token), 'refused')
    const again = await post(`${running.issuer}/token`, {
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
      client_id: 'native',
    })
    assert.equal(again.body.error, 'invalid_grant')
  }
  assert.equal(await seenBy(running, theirs.body.access_token), 'accepted')
  // What was under way gets nothing, and who asks again has to ask.
  assert.equal((await redeem(waiting)).body.error, 'invalid_grant')
  assert.doesNotMatch((await ada.go(at)).text, /Apps with access/)
  const anew = await codeOf(ada, 'ada')
  assert.equal(anew.isAsked, true)
  assert.equal(await seenBy(running, (await redeem(anew)).body.access_token), 'accepted')
})

test('a client that nobody is asked for is not there to be taken back, nor one that was never allowed; and nothing happens by a form of others', async () => {
  await signUp(running, 'eve')
  const { access_token, browser } = await tokensFor(running, 'eve')
  const page = await browser.go(at)
  assert.doesNotMatch(page.text, /Apps with access/)
  for (const client of ['web', 'native', 'nobody']) {
    const out = await withdraw(browser, page, client)
    assert.equal(out.status, 404)
    assert.match(reads(out.text), /That app has no access any more\. Nothing was done/)
  }
  assert.equal((await withdraw(browser, page, 'native', 'x')).status, 403)
  assert.equal(await seenBy(running, access_token), 'accepted')
})
