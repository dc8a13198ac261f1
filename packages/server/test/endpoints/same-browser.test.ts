import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { payload } from '../jwt.ts'
import { signedUp } from './calling.ts'
import { authorizeUrl, openIssuer, pkce, seenBy, signIn, signUp, tokensFor } from './clients.ts'
import { formBrowser } from './form-browser.ts'
import { password } from './running.ts'

// What other sites, and other people, do in the browser in which somebody is signed in.
const running = await openIssuer()
const { issuer, curfew } = running
after(() => running.close())
await signUp(running, 'ada')

test('BF-4, ES-5: a form of another site, which comes without our cookies, takes none out of the browser', async () => {
  const form = { method: 'POST', headers: { origin: 'http://evil.test', 'sec-fetch-site': 'cross-site' }, body: new URLSearchParams() }
  const signOut = await fetch(`${issuer}/session/sign-out`, form)
  assert.deepEqual([signOut.status, signOut.headers.getSetCookie()], [200, []])
  // The attacker's own ID token, of a session that lives, then of one that is over: the victim's browser keeps what it has.
  const { id_token } = await tokensFor(running, 'ada')
  for (const _ of ['lives', 'is over']) {
    const body = new URLSearchParams({ id_token_hint: id_token! })
    const hinted = await fetch(`${issuer}/end-session`, { ...form, body, redirect: 'manual' })
    assert.deepEqual([hinted.status, hinted.headers.getSetCookie()], [200, []])
  }
})

for (const lost of ['grant', 'client'] as const) {
  test(`contract §3, P2: who signs in where the first-party client's ${lost} was ended begins anew, at the session API and at the pages`, async () => {
    for (const at of ['api', 'pages'] as const) {
      const one = await signedUp(running)
      const { gid } = payload(one.jar.get('curfew-at')) as { gid: string }
      await curfew.end(lost === 'grant' ? { grant: gid } : { client: 'first-party' })
      assert.equal((await one.call('POST', '/session/refresh')).body.error, 'session_ended')
      if (at === 'api') {
        const again = await one.call('POST', '/session/sign-in', { identifier: one.name, password })
        assert.equal(again.status, 200, JSON.stringify(again.body))
      } else {
        const page = formBrowser()
        for (const [name, value] of one.jar) page.cookies.set(name, value)
        const asked = await page.go(authorizeUrl(running, pkce().challenge, { prompt: 'login' }))
        assert.ok((await signIn(page, asked, one.name)).left?.searchParams.get('code'))
        one.jar.set('curfew', page.cookies.get('curfew')!)
        assert.equal((await one.call('POST', '/session/refresh')).status, 200)
      }
      assert.equal(await seenBy(running, one.jar.get('curfew-at')), 'accepted')
      const { sessions } = (await one.call('GET', '/sessions')).body
      assert.equal(sessions.length, 1) // the one before was ended, not left behind
      assert.notEqual(sessions[0].sid, one.answer.body.session.sid)
    }
  })
}

test('S4: a client that asks by itself, with an ID token, hears nothing of what others were allowed; the person does', async () => {
  await signUp(running, 'grace')
  const scope = 'openid offline_access orders:read'
  const ask = (id_token_hint: string | undefined, cookie: string) =>
    fetch(`${issuer}/end-session`, {
      method: 'POST',
      headers: { cookie },
      body: new URLSearchParams({ id_token_hint: id_token_hint! }),
    }).then((answer) => answer.text())
  const { browser, id_token } = await tokensFor(running, 'grace', { scope })
  for (const cookie of ['', `curfew=${'x'.repeat(43)}`]) {
    const page = await ask(id_token, cookie)
    assert.match(page, /You are signed out/)
    assert.doesNotMatch(page, /offline_access|orders:read|Still connected/)
  }
  assert.match(await ask(id_token, `curfew=${browser.cookies.get('curfew')}`), /orders:read/)
})
