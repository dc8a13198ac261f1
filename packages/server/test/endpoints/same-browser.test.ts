import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openIssuer, signUp, tokensFor } from './clients.ts'

// What other sites, and other people, do in the browser in which somebody is signed in.
const running = await openIssuer()
const { issuer } = running
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
