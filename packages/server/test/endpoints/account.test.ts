import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { reads } from '../pages/samples.ts'
import { browser, call, device, newName, signedUp } from './calling.ts'
import { openIssuer, post as postForm, seenBy, services, tokensFor, web } from './clients.ts'
import { type FormBrowser, formBrowser, linkOf, type Shown } from './form-browser.ts'
import { audience, open, password } from './running.ts'

const running = await openIssuer({ services: [...services, { id: 'legacy', audience: 'https://legacy.test', checks: 'none' }] })
after(() => running.close())
const at = `${running.issuer}/account`
const linux = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' }

/** Somebody new, who signed in at the account page. */
async function owner(): Promise<{ name: string; page: Shown; form: FormBrowser }> {
  const { name } = await signedUp(running)
  const form = formBrowser(linux)
  const page = await form.submit(await form.go(at), { identifier: name, password })
  return { name, page, form }
}

function idOf(page: Shown, name: string): string {
  const row = page.text.split('<li class="device">').find((part) => part.includes(`<strong>${name}</strong>`)) ?? ''
  return /name="device" value="([\w-]+)"/.exec(row)?.[1] ?? assert.fail(`no button for ${name}`)
}

test('SS-3, AZ-10, AZ-22: nobody signed in gets the sign-in page at the same address, and the list after it, without scripts', async () => {
  const { page } = await owner()
  assert.equal(page.url, at)
  assert.deepEqual(
    page.trail.map(({ status }) => status),
    [303, 200],
  )
  assert.match(reads(page.text), /Where you are signed in .*Firefox on Linux This device Active now/)
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  assert.equal(page.headers.get('x-frame-options'), 'DENY')
})

test('LG-1: a wrong password and an unknown name get one answer, and the name back', async () => {
  const { name } = await signedUp(running)
  const answers = await Promise.all(
    [name, newName()].map(async (identifier) => {
      const form = formBrowser()
      const page = await form.submit(await form.go(at), { identifier, password: 'not the right one at all' })
      return [page.status, reads(page.text).replaceAll(identifier, 'NAME'), form.cookies.has('curfew')]
    }),
  )
  assert.deepEqual(answers[0], answers[1])
  assert.deepEqual([answers[0]?.[0], answers[0]?.[2]], [400, false])
})

test('SS-3, S19, S20: one device is signed out from another; its tokens are dead when the page answers, its window stays dark', async () => {
  const { name, form } = await owner()
  const phone = await device(running, name, 'Chrome on Android')
  const page = await form.go(at)
  const out = await form.submit(page, { device: idOf(page, 'Chrome on Android') })
  assert.equal((await phone.call('GET', '/session')).status, 401)
  assert.equal((await running.curfew.verifier().verify({ token: phone.answer.body.access_token })).outcome, 'refused')
  const text = reads(out.text)
  assert.match(text, /Chrome on Android is signed out\. No service accepts it any more, except https:\/\/legacy\.test, until/)
  assert.match(text, /The receipt Number \d+/)
  assert.match(text, /Chrome on Android Signed out just now Signed in/)
  // S3: sent once more, as by a reload, it says the same.
  const again = await form.submit(page, { device: idOf(page, 'Chrome on Android') })
  assert.match(reads(again.text), /That device is signed out\./)
  assert.equal((await form.go(at)).text.includes('Chrome on Android'), false)
})

test('SS-3: everywhere else: this device stays, all others and the apps are gone', async () => {
  const { name, form } = await owner()
  const phones = [await device(running, name, 'one'), await device(running, name, 'two')]
  const out = await form.submit(await form.go(at), { device: 'others' })
  assert.match(reads(out.text), /All other devices are signed out\. No service accepts any of them any more/)
  assert.equal(out.text.match(/class="sash dark"/g)?.length, 3, 'the sign-up was one, too')
  for (const phone of phones) assert.equal((await phone.call('GET', '/session')).status, 401)
  const alone = await form.go(at)
  assert.match(reads(alone.text), /You are signed in nowhere else\./)
  const nothing = await form.submit(out, { device: 'others' })
  assert.doesNotMatch(nothing.text, /The receipt/)
})

test('ES-6, BF-10, S12: this device: its cookies go, nothing is kept in caches, and there is a way back in', async () => {
  const { form, page } = await owner()
  const old = form.cookies.get('curfew') ?? ''
  const out = await form.submit(page, { device: idOf(page, 'Firefox on Linux') })
  assert.match(reads(out.text), /You are signed out/)
  assert.equal(form.cookies.has('curfew'), false)
  assert.equal(out.headers.get('clear-site-data'), '"cache"')
  assert.equal(linkOf(out, 'Sign in again'), at)
  form.cookies.set('curfew', old) // somebody who copied it
  assert.match(reads((await form.go(at)).text), /Email or user name/)
})

test('RF-6, S20: an app that stays signed in is listed by its name, outlives its device, and ends with a button of its own', async () => {
  const { name } = await signedUp(running)
  const { access_token, refresh_token, browser: form } = await tokensFor(running, name, { scope: 'openid profile offline_access' })
  const page = await form.go(at)
  assert.match(
    reads(page.text),
    /Apps that stay signed in Orders Web Active .* May know that it is you and see your name Signed in just now , ends on/,
  )
  const out = await form.submit(page, { device: idOf(page, 'Orders Web') })
  assert.match(reads(out.text), /Orders Web is signed out\. No service accepts it any more/)
  assert.equal(await seenBy(running, access_token), 'refused')
  const refreshed = await postForm(`${running.issuer}/token`, { grant_type: 'refresh_token', refresh_token }, web)
  assert.equal(refreshed.body.error, 'invalid_grant')
  assert.match(reads((await form.go(at)).text), /This device/, 'the device itself stays')
})

test('RF-6: everywhere else, and a new password, end the apps that stay signed in; they are called by their names once more', async () => {
  for (const path of ['/sign-out', '/password']) {
    const { name } = await signedUp(running)
    const { access_token, browser: form } = await tokensFor(running, name, { scope: 'openid offline_access' })
    const page = await form.go(path === '/password' ? `${at}/password` : at)
    const change = { current_password: password, new_password: 'another correct horse, another battery' }
    const out = await form.submit(page, path === '/password' ? change : { device: 'others' })
    assert.match(reads(out.text), /Apps that stay signed in Orders Web Signed out just now/, path)
    assert.equal(await seenBy(running, access_token), 'refused')
  }
})

test("SS-3: somebody else's device is not there, and lives on", async () => {
  const other = await owner()
  const phone = await device(running, other.name, 'theirs')
  const { sid } = phone.answer.body.session
  const { form, page } = await owner()
  const out = await form.submit(page, { device: sid })
  assert.equal(out.status, 404)
  assert.match(reads(out.text), /That device is not there any more\./)
  assert.equal((await phone.call('GET', '/session')).status, 200)
  for (const hostile of ['', '../x', "' or 1=1", 'A'.repeat(10_000)])
    assert.ok([400, 404].includes((await form.submit(page, { device: hostile })).status), hostile.slice(0, 20))
})

test('SS-1, SS-4, S25: a new password signs every other device out, this one gets a new cookie, the old password is worth nothing', async () => {
  const { name, form } = await owner()
  const phone = await device(running, name, 'phone')
  const before = form.cookies.get('curfew')
  const page = await form.go(`${at}/password`)
  const wrong = await form.submit(page, { current_password: 'not the right one', new_password: 'a new one, long enough' })
  assert.equal(wrong.status, 400)
  assert.match(reads(wrong.text), /The present password is not this one\./)
  const weak = await form.submit(page, { current_password: password, new_password: 'short' })
  assert.match(reads(weak.text), /at least 15 characters/)
  assert.equal((await phone.call('GET', '/session')).status, 200)

  const next = 'another correct horse, another battery'
  const changed = await form.submit(page, { current_password: password, new_password: next })
  assert.equal(changed.status, 200)
  assert.match(
    reads(changed.text),
    /Your password is changed, and all other devices are signed out\. No service accepts any of them any more/,
  )
  assert.equal((await phone.call('GET', '/session')).status, 401)
  assert.notEqual(form.cookies.get('curfew'), before)
  assert.match(reads((await form.go(at)).text), /Firefox on Linux This device/)
  const old = browser(running.issuer)
  assert.equal((await old.call('POST', '/session/sign-in', { identifier: name, password })).status, 401)
  assert.equal((await old.call('POST', '/session/sign-in', { identifier: name, password: next })).status, 200)
})

test('BF-4, S13: a form without its token, with that of another browser or of another user, or from another site does nothing', async () => {
  const mine = await owner()
  const phone = await device(running, mine.name, 'phone')
  const theirs = await owner()
  const token = (page: Shown): string => /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const post = (csrf: string, more: Record<string, string> = {}) =>
    mine.form.go(`${at}/sign-out`, { method: 'POST', headers: more, body: new URLSearchParams({ csrf, device: 'others' }) })
  for (const csrf of ['', 'x', token(theirs.page)]) assert.equal((await post(csrf)).status, 403, csrf)
  for (const site of ['cross-site', 'same-site']) assert.equal((await post(token(mine.page), { 'sec-fetch-site': site })).status, 403, site)
  // A page that was left open by one user, in a browser in which another one has signed in since.
  const left = token(mine.page)
  const session = mine.form.cookies.get('curfew') ?? ''
  mine.form.cookies.set('curfew', theirs.form.cookies.get('curfew') ?? '')
  assert.equal((await post(left)).status, 403)
  mine.form.cookies.set('curfew', session)
  assert.equal((await phone.call('GET', '/session')).status, 200)
  assert.equal((await post(left, { 'sec-fetch-site': 'same-origin' })).status, 200)
  assert.equal((await phone.call('GET', '/session')).status, 401)
})

test('AZ-19: a sign-in form of another browser signs nobody in', async () => {
  const { name } = await signedUp(running)
  const theirs = await formBrowser().go(at)
  const mine = formBrowser()
  await mine.go(at)
  assert.equal((await mine.submit(theirs, { identifier: name, password })).status, 403)
  assert.equal(mine.cookies.has('curfew'), false)
})

test('nobody signed in: what is posted does nothing, and leads to the sign-in page', async () => {
  const out = await formBrowser().go(`${at}/sign-out`, { method: 'POST', body: new URLSearchParams({ device: 'others' }) })
  assert.match(reads(out.text), /Email or user name/)
  assert.match(reads((await formBrowser().go(`${at}/password`)).text), /Email or user name/)
})

test('AZ-21: the addresses of sign-in pages, typed by hand, lead to the account page and nowhere else', async () => {
  for (const query of ['', '?next=https://evil.test', '?return_to=//evil.test']) {
    const page = await formBrowser().go(`${running.issuer}/sign-in${query}`)
    assert.deepEqual([page.trail.map(({ status }) => status), page.url], [[303, 200], at])
  }
})

test('AZ-10, AZ-19: an account is made from the account page, without scripts; another try keeps what was typed', async () => {
  const form = formBrowser(linux)
  const offered = await form.go(linkOf(await form.go(at), 'Make an account'))
  assert.deepEqual([offered.url, offered.status], [`${running.issuer}/new-account`, 200])
  assert.equal(linkOf(offered, 'Sign in'), at)
  const identifier = newName()
  const weak = await form.submit(offered, { identifier, password: 'short' })
  assert.deepEqual([weak.status, form.cookies.has('curfew')], [400, false])
  assert.match(reads(weak.text), /No account was made\./)
  assert.match(weak.text, new RegExp(`value="${identifier}"`))
  const made = await form.submit(weak, { identifier, password })
  assert.deepEqual([made.trail.map(({ status }) => status), made.url], [[303, 200], at])
  assert.match(reads(made.text), new RegExp(`${identifier} · Sign out .*Firefox on Linux This device`))

  const taken = formBrowser()
  const again = await taken.submit(await taken.go(`${running.issuer}/new-account`), { identifier, password })
  assert.deepEqual([again.status, taken.cookies.has('curfew')], [400, false])
  assert.match(reads(again.text), /This name is taken/)
})

test('BF-4, AZ-19: a form of another browser or from another site makes no account', async () => {
  const [mallory, ada] = [formBrowser(), formBrowser()]
  const page = await mallory.go(`${running.issuer}/new-account`)
  await ada.go(at)
  const typed = { identifier: newName(), password }
  const foreign = await ada.submit(page, typed)
  assert.deepEqual([foreign.status, ada.cookies.has('curfew')], [403, false])
  const crossed = formBrowser({ 'sec-fetch-site': 'cross-site' })
  const sent = await crossed.submit(await crossed.go(`${running.issuer}/new-account`), typed)
  assert.deepEqual([sent.status, crossed.cookies.has('curfew')], [403, false])
})

test('a page that lay open too long does nothing, says so, and is fresh', async () => {
  const { name, page, form } = await owner()
  const phone = await device(running, name, 'phone')
  running.advance(13 * 3_600_000)
  const late = await form.submit(page, { device: 'others' })
  assert.equal(late.status, 400)
  assert.match(reads(late.text), /This page waited too long\. Nothing was done\./)
  assert.match(reads((await form.submit(late, { device: 'others' })).text), /All other devices are signed out/)
  assert.equal((await phone.call('GET', '/session')).status, 401)
})

test('with accounts of the application there is no password page, and no link to one', async (t) => {
  const users = { authenticate: async () => ({ sub: 'u1' }), find: async () => ({ sub: 'u1', disabled: false, name: 'Ada' }) }
  const own = await open({ accounts: users, audience })
  t.after(() => own.close())
  const form = formBrowser(linux)
  const page = await form.submit(await form.go(`${own.issuer}/account`), { identifier: 'ada', password })
  assert.match(reads(page.text), /Ada · Sign out .*Firefox on Linux This device/)
  assert.doesNotMatch(page.text, /account\/password/)
  assert.equal((await form.go(`${own.issuer}/account/password`)).status, 404)
})

test('S4, S5: a service that is silent for longer than a person waits: the page says what is open, and where to look again', async (t) => {
  const secret = 's'.repeat(43)
  const slow = await open({ lease: 1000, services: [{ id: 'inbox', key: `cfk_inbox_${secret}`, public: true }] })
  t.after(() => slow.close())
  const asked = { version: 1, id: 'v'.repeat(22), after: 0, hold: 0, on_lease_lost: 'introspect' }
  const authorization = `Basic ${Buffer.from(`inbox:${secret}`).toString('base64')}`
  assert.equal((await call(slow.issuer, 'POST', '/ledger/follow', asked, { authorization })).status, 200)
  const { name } = await signedUp(slow)
  const form = formBrowser(linux)
  const page = await form.submit(await form.go(`${slow.issuer}/account`), { identifier: name, password })
  const phone = await device(slow, name, 'phone')
  const out = await form.go(`${slow.issuer}/account/sign-out`, {
    method: 'POST',
    headers: { prefer: 'wait=0' },
    body: new URLSearchParams({ csrf: /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '', device: phone.answer.body.session.sid }),
  })
  assert.match(reads(out.text), /phone is signed out\. Inbox has not answered yet; it stops accepting in .* at the latest\. Look again/)
  assert.doesNotMatch(reads(out.text), /No service accepts|refused everywhere/)
  assert.match(
    reads((await form.go(linkOf(out, 'Look again'), { headers: { accept: 'text/html', prefer: 'wait=0' } })).text),
    /not confirmed everywhere yet/,
  )
})

test('below a base path every address of the page is there', async (t) => {
  const based = await openIssuer({ basePath: '/auth' })
  t.after(() => based.close())
  const name = newName()
  const base = `${based.issuer}/auth`
  await browser(base).call('POST', '/sign-up', { identifier: name, password })
  const form = formBrowser(linux)
  const page = await form.submit(await form.go(`${base}/account`), { identifier: name, password })
  assert.equal(page.url, `${base}/account`)
  assert.deepEqual(
    [...page.text.matchAll(/(?:action|href|data-again)="(\/[^"]*)"/g)].map(([, path]) => path),
    ['/auth/account', '/auth/end-session', '/auth/account/sign-out', '/auth/account/password'],
  )
  assert.match(reads((await form.submit(page, { device: 'others' })).text), /All other devices are signed out/)
})
