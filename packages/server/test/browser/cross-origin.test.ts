import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routes } from '../../src/routes.ts'
import { isFull } from '../proof/full.ts'
import { type Attack, attacks, type Fields, preflighted, topForm } from './attacks.ts'
import { type Attacker, api, attacker, heading, signIn, victim } from './scene.ts'
import { type Arrived, openSites, password } from './sites.ts'
import { type BrowserName, startBrowser } from './tab.ts'

/** Everything that changes something with a cookie, and what an attacker would put into it: tokens for forms that are good in their own browser. */
function targets(
  { name, csrf, pageCsrf, link }: Attacker,
  sid: string,
): readonly { method: 'POST' | 'DELETE'; path: string; fields: Fields }[] {
  const mallory = { identifier: name, password }
  const change = { current_password: password, new_password: 'a password of the attacker' }
  const post = (path: string, fields: Fields = {}) => ({ method: 'POST' as const, path, fields })
  return [
    post('/session/sign-in', { ...mallory, mode: 'cookie' }),
    post('/sign-up', { identifier: 'mallory-too', password, mode: 'cookie' }),
    post('/session/sign-out'),
    post('/session/refresh'),
    post('/session/reauthenticate', { password }),
    post('/password', change),
    post('/password/forgotten', { identifier: name }),
    post('/password/new', { token: link, new_password: change.new_password }),
    post('/mail', { mail: name, current_password: password }),
    post('/mail/verify', { token: link }),
    post('/session/mail-me', { identifier: name }),
    post('/session/mailed-sign-in', { token: link, mode: 'cookie' }),
    { method: 'DELETE', path: '/sessions', fields: {} },
    { method: 'DELETE', path: `/sessions/${sid}`, fields: {} },
    post('/account/sign-in', { ...mallory, csrf }),
    post('/account/sign-up', { identifier: 'mallory-four', password, csrf }),
    post('/account/sign-out', { device: 'others', csrf }),
    post('/account/withdraw', { client: 'web', csrf }),
    post('/account/password', { ...change, csrf }),
    post('/account/mail', { mail: name, current_password: password, csrf }),
    post('/end-session', { scope: 'everywhere', csrf: pageCsrf }),
    post('/sign-in', { ...mallory, interaction: 'x', csrf: pageCsrf }),
    post('/new-account', { identifier: 'mallory-three', password, interaction: 'x', csrf: pageCsrf }),
    post('/consent', { answer: 'allow', interaction: 'x', csrf: pageCsrf }),
    post('/forgot-password', { identifier: name, csrf: pageCsrf }),
    post('/mail-me', { identifier: name, csrf: pageCsrf }),
    post('/new-password', { token: link, new_password: change.new_password, csrf: pageCsrf }),
    post('/verify-mail', { token: link, csrf: pageCsrf }),
    post('/mailed-sign-in', { token: link, csrf: pageCsrf }),
  ]
}

/** Those that post. */
const ways = Object.entries(attacks).filter(([how]) => how !== 'image')

/** Where a cookie is not looked at, or nothing is changed: a client, a service or an operator shows what it has. */
const cookieless = [
  '/authorize',
  '/token',
  '/revoke',
  '/introspect',
  '/userinfo',
  '/ledger/follow',
  '/ledger/release',
  '/admin/end',
  '/admin/stale',
]

const every = routes({ signUp: true, ownAccounts: true, mail: true, mailLink: true, serve: false })
/** With a cookie, but nothing is changed by looking (BF-4). */
const looks = every
  .filter(({ method, path }) => method === 'GET' && !path.includes('{') && !path.startsWith('/.well-known'))
  .map(({ path }) => path)

test('BF-4: every path that takes anything but a GET is in the table, or takes no cookie', () => {
  const nobody = { name: '', session: '', form: '', csrf: '', pageCsrf: '', link: '' }
  const named = targets(nobody, '{sid}').map(({ method, path }) => `${method} ${path}`)
  const known = [...named, ...cookieless.map((path) => `POST ${path}`)].sort()
  assert.deepEqual(
    every
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
    known,
  )
})

/** The short form leaves out what the browser itself forbids: another site's requests come without the cookie (SameSite). */
const browsers: readonly BrowserName[] = isFull ? ['chromium', 'firefox'] : ['chromium']

for (const name of browsers) {
  test(`cross-origin matrix, ${name}`, async (t) => {
    const sites = await openSites(t)
    const start = sites && (await startBrowser(t, name, sites.certificate))
    if (!start) return
    const mallory = await attacker(sites)
    let count = 0
    const someone = () => victim(sites, start, `ada-${++count}`)

    await t.test(
      'BF-4, BF-5, ES-5, AZ-19, S12, S13: no form, fetch or image of another origin does anything, with or without the cookie',
      async () => {
        const { person, tab, sid, state } = await someone()
        const before = await state()
        const evil = await person.open()
        for (const origin of isFull ? [sites.sibling, sites.stranger] : [sites.sibling]) {
          await evil.goto(`${origin}/`)
          for (const { method, path, fields } of targets(mallory, sid)) {
            const url: string = sites.issuer + path
            const simple: readonly (readonly [string, Attack])[] = method === 'POST' ? ways : []
            await evil.evaluate('document.body.replaceChildren()') // frames of the row before
            sites.arrived()
            const answered = sites.answered('POST', path, simple.length)
            await Promise.all(simple.map(([, make]) => evil.evaluate(make(url, fields))))
            // They did get there: the defence is ours, not the network's. Another site's come without the cookie (SameSite), a sibling's with it:
            // there only we can tell (BF-5).
            for (const { withSession } of await answered) assert.equal(withSession, origin === sites.sibling, `from ${origin} to ${path}`)
            assert.equal(await state(), before, `one of ${simple.map(([how]) => how).join(', ')} of ${origin} to ${path}`)

            sites.arrived()
            for (const [how, make] of Object.entries(preflighted))
              assert.equal(await evil.evaluate(make(url, fields, method)), 'refused', `${how} of ${origin} to ${path}`)
            const got: readonly Arrived[] = sites.arrived().filter((one) => one.path === path && one.method !== 'OPTIONS')
            assert.deepEqual(got, [], `from ${origin} to ${path}: not permitted, so not sent`)
            assert.equal(await state(), before, `${Object.keys(preflighted).join(' or ')} of ${origin} to ${path}`)
          }
          for (const path of looks) {
            await evil.evaluate(attacks.image!(sites.issuer + path, {}))
            assert.equal(await state(), before, `image of ${origin} at ${path}`)
          }
          // The whole tab, as a link or a form on another page would take it.
          for (const [path, fields] of [
            ['/account/sign-out', { device: 'others', csrf: mallory.csrf }],
            ['/account/sign-in', { identifier: mallory.name, password, csrf: mallory.csrf }],
            ['/end-session', { scope: 'everywhere' }],
          ] as const) {
            await evil.goto(`${origin}/`)
            await evil.andLoad(topForm(sites.issuer + path, fields))
            assert.equal(await state(), before, `the whole tab, from ${origin} to ${path}`)
          }
        }
        assert.equal(await heading(tab), 'Where you are signed in')
        await person.close()
      },
    )

    await t.test('BF-4, S15: of the same site, an origin on the list may, with our header; one that is not may not even read', async () => {
      const { person, state } = await someone()
      const before = await state()
      const call = (path: string, init: object) =>
        `fetch(${JSON.stringify(sites.issuer + path)}, ${JSON.stringify({ credentials: 'include', ...init })}).then((answer) => answer.text().then((text) => answer.status + ' ' + text), () => 'refused')`
      const out = { method: 'POST', headers: { 'curfew-request': '1' } }
      const [app, evil] = [await person.open(), await person.open()]
      await app.goto(`${sites.allowed}/`)
      await evil.goto(`${sites.sibling}/`)
      assert.equal(await evil.evaluate(call('/session', {})), 'refused')
      assert.equal(await evil.evaluate(call('/session/sign-out', out)), 'refused')
      assert.match(await app.evaluate(call('/session', {})), /^200 .*"auth_time"/)
      assert.match(await app.evaluate(call('/session/sign-out', { method: 'POST' })), /^403 .*"csrf"/)
      assert.equal(await state(), before)
      assert.match(await app.evaluate(call('/session/sign-out', out)), /^200 .*"ended":1,"confirmed":true/)
      assert.match(await state(), /"user":null,"since":null/)
      await person.close()
    })

    await t.test('BF-1, BF-5, AZ-19: a sibling can neither set nor overwrite the cookies of the session and of the forms', async () => {
      const tosses = (cookie: string, value: string): string[] => [
        `${cookie}=${value}; Domain=site.localhost; Path=/; Secure`,
        `${cookie}=${value}; Domain=site.localhost; Path=/account; Secure`,
        `${cookie.toLowerCase()}=${value}; Domain=site.localhost; Path=/; Secure`,
        `=${cookie}=${value}; Domain=site.localhost; Path=/; Secure`,
        `${cookie}=${value}; Path=/; Domain=site.localhost`,
        `${cookie.replace('__Host-', '')}=${value}; Domain=site.localhost; Path=/`,
      ]
      const lines = [...tosses('__Host-curfew', mallory.session), ...tosses('__Host-curfew-form', mallory.form)]
      const query = lines.map((line) => `cookie=${encodeURIComponent(line)}`).join('&')
      const { person, tab, state } = await someone()
      const before = await state()
      const nobody = await start()
      for (const one of [person, nobody]) {
        const evil = await one.open()
        await evil.goto(`${sites.sibling}/?${query}`)
        await evil.evaluate(`(${JSON.stringify(lines)}.forEach((line) => { document.cookie = line }), null)`)
        sites.arrived()
        const page = await one.open()
        await page.goto(`${sites.issuer}/account`)
        const [{ cookies } = { cookies: '' }] = sites.arrived()
        // They do toss: without the prefix in their names, ours would be overwritten.
        assert.ok(cookies.includes(`curfew=${mallory.session}`), cookies)
        assert.ok(!cookies.includes(`__Host-curfew=${mallory.session}`), cookies)
        assert.equal(await heading(page), one === person ? 'Where you are signed in' : 'Sign in')
        // A form with a token that is good for the attacker's cookie: it is not there.
        await evil.goto(`${sites.sibling}/`)
        await evil.andLoad(topForm(`${sites.issuer}/account/sign-in`, { identifier: mallory.name, password, csrf: mallory.csrf }))
        assert.equal(await heading(evil), 'This page cannot be sent from here')
      }
      await tab.goto(`${sites.issuer}/account`)
      assert.equal(await state(), before)
      await Promise.all([person.close(), nobody.close()])
    })

    await t.test('AZ-9, S13: no page of ours can be framed', async () => {
      const { person } = await someone()
      const evil = await person.open()
      const pages = ['/account', '/account/password', '/end-session', '/authorize?client_id=nobody', '/sign-in?interaction=x']
      for (const origin of [sites.sibling, sites.stranger]) {
        await evil.goto(`${origin}/`)
        const frame = (url: string): Promise<string> =>
          evil.evaluate(
            `new Promise((done) => { const frame = document.createElement('iframe'); frame.onload = () => done('loaded'); frame.src = ${JSON.stringify(url)}; document.body.append(frame) })`,
          )
        for (const path of pages) await frame(sites.issuer + path)
        await frame(`${sites.stranger}/`) // can be: so what is framed can be read here
        const seen = await evil.frames()
        assert.equal(seen.length, pages.length + 1)
        assert.equal(seen.filter((text) => text.includes('A page of a neighbour.')).length, 1)
        for (const text of seen) assert.doesNotMatch(text, /sign|password|account/i, text)
      }
      await person.close()
    })

    await t.test('AZ-1, AZ-21, ES-3: nothing that an address carries leads anywhere else', async () => {
      const { person, tab } = await someone()
      const evil = sites.stranger
      const host = new URL(evil).host
      const away = [
        evil,
        `//${host}`,
        `/\\${host}`,
        `\\\\${host}`,
        `https:${host}`,
        `%2f%2f${host}`,
        `${sites.issuer}@${host}/`,
        `javascript:alert(1)`,
        `data:text/html,x`,
        `${sites.allowed}.${host}/back`,
        `${sites.allowed}/back/../../..//${host}`,
      ]
      const good = {
        response_type: 'code',
        scope: 'openid',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      }
      const authorize = (uri: string): string => `/authorize?${new URLSearchParams({ client_id: 'site', redirect_uri: uri, ...good })}`
      const places = (uri: string): string[] => [
        authorize(uri),
        `/end-session?${new URLSearchParams({ client_id: 'site', post_logout_redirect_uri: uri })}`,
        `/end-session?${new URLSearchParams({ post_logout_redirect_uri: uri })}`,
        `/sign-in?${new URLSearchParams({ interaction: 'x', return_to: uri })}`,
        ...['next', 'return_to', 'redirect_uri', 'continue'].map((name) => `/account?${new URLSearchParams({ [name]: uri })}`),
      ]
      for (const place of away.flatMap(places)) {
        const { status, headers } = await api(sites, 'GET', place)
        assert.equal(headers.get('location'), null, `${status} ${place}`)
      }
      for (const place of [evil, `/\\${host}`].flatMap(places).slice(0, 10)) {
        await tab.goto(sites.issuer + place)
        assert.equal(await tab.evaluate('location.origin'), sites.issuer, place)
      }
      // What is registered does lead there: so the question above can be answered with no.
      await tab.goto(sites.issuer + authorize(`${sites.allowed}/back`))
      assert.equal(await tab.evaluate('location.origin'), sites.allowed)
      await person.close()
    })

    await t.test('ES-7, BF-10, S12: after the sign-out, the back button shows nothing of what was', async () => {
      const { person, tab } = await someone()
      // One tab went on to another page and could come back to the list; the other signs out.
      const other = await person.open()
      await other.goto(`${sites.issuer}/account`)
      await other.goto(`${sites.sibling}/`)
      await tab.andLoad(
        `[...document.querySelectorAll('.device')].find((row) => row.querySelector('.tag')).querySelector('button').click()`,
      )
      assert.equal(await heading(tab), 'You are signed out')
      for (const one of [tab, other]) {
        await one.back()
        assert.equal(await heading(one), 'Sign in')
        assert.doesNotMatch(await one.evaluate('document.body.innerText'), /Where you are signed in|This device/)
      }
      // The question of the other way out says who it was, too.
      await signIn(sites, tab, `ada-${count}`)
      await tab.goto(`${sites.issuer}/end-session`)
      assert.equal(await heading(tab), 'Sign out?')
      await tab.andLoad(`document.querySelector('button[value=here]').click()`)
      assert.equal(await heading(tab), 'You are signed out')
      await tab.back()
      assert.equal(await heading(tab), 'Nobody is signed in')
      await person.close()
    })
  })
}
