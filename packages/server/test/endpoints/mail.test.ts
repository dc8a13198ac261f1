import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type MailServer, type Received, startMailServer } from '../accounts/mail-server.ts'
import { type PostgresServer, skip, startPostgres } from '../store/postgres/server.ts'
import { call, device, newName, browser as ownPage, signedUp } from './calling.ts'
import { formBrowser } from './form-browser.ts'
import { open, password, type Running } from './running.ts'

const next = 'kohlrabi on the tram to nowhere'
const databases = [
  { name: 'SQLite', skip: false as const },
  // What both must keep of it is in the contract of the stores.
  { name: 'PostgreSQL', skip: process.env.CURFEW_FULL ? skip : 'in the long form only: npm test -- --full' },
]

for (const on of databases) {
  describe(`mail, on ${on.name}`, { skip: on.skip }, () => {
    let postgres: PostgresServer | undefined
    let mails: MailServer
    let running: Running
    before(async () => {
      mails = await startMailServer()
      postgres = on.name === 'PostgreSQL' ? await startPostgres() : undefined
      running = await open({
        ...{ database: postgres?.url ?? ':memory:', accounts: { signUp: true, mailLink: true } },
        mail: { from: 'Curfew <login@issuer.test>', transport: mails.url },
        session: { scopes: ['email'] },
      })
    })
    after(async () => {
      await running.close()
      await mails.close()
      await postgres?.close()
    })
    const post = (path: string, body: object) => call(running.issuer, 'POST', path, body)
    const signIn = (identifier: string, secret: string) => post('/session/sign-in', { identifier, password: secret, mode: 'token' })
    const tokenOf = (mail: Received): string => mail.link?.searchParams.get('token') ?? ''

    /** Somebody new whose name is an address, verified by the link that came. */
    async function verified(): Promise<Awaited<ReturnType<typeof signedUp>> & { mail: string }> {
      const mail = `${newName()}@example.com`
      const one = await signedUp(running, mail)
      assert.equal((await post('/mail/verify', { token: tokenOf(await mails.next(mail)) })).status, 200)
      return { ...one, mail }
    }
    async function asked(path: string, mail: string): Promise<string> {
      const answer = await post(path, { identifier: mail })
      assert.deepEqual([answer.status, answer.body], [202, {}])
      return tokenOf(await mails.next(mail))
    }

    test("LG-2: whoever claims a stranger's address again and again keeps nobody whose name it is from showing that it is theirs", async () => {
      const mail = `${newName()}@example.com`
      const mallory = await signedUp(running)
      const claim = () => mallory.call('POST', '/mail', { mail, current_password: password })
      for (let nth = 0; nth < 3; nth += 1) {
        assert.equal((await claim()).status, 202)
        await mails.next(mail)
      }
      assert.equal((await claim()).status, 429)
      const ada = await signedUp(running, mail)
      assert.equal((await ada.call('POST', '/mail', { mail, current_password: password })).status, 202)
      await mails.next(mail) // of the sign-up
      assert.equal((await post('/mail/verify', { token: tokenOf(await mails.next(mail)) })).body.mail_verified, true)
    })

    test('PR-1, PR-2, PR-3, S25, SS-4, RF-5: a lost password: looked at by scanners, used once; every device is signed out, nobody in; its owner is told', async () => {
      const { mail } = await verified()
      const phone = await device(running, mail)
      await post('/password/forgotten', { identifier: mail })
      const { link, subject, from, raw } = await mails.next(mail)
      assert.match(subject, /A new password for 127\.0\.0\.1/)
      assert.equal(from, 'login@issuer.test')
      assert.match(raw, /good for 30 minutes, once/)
      assert.match(raw, /^Auto-Submitted: auto-generated$/m)
      assert.equal(link?.origin, running.issuer)
      for (let scanner = 0; scanner < 3; scanner += 1) {
        const page: Response = await fetch(link!)
        assert.equal(page.status, 200)
        assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
        assert.equal(page.headers.get('cache-control'), 'no-store')
        await page.text()
      }
      assert.equal((await phone.call('GET', '/session')).status, 200)

      const token = link?.searchParams.get('token') ?? ''
      assert.match(token, /^[\w-]{43}$/) // 256 bits
      assert.equal((await post('/password/new', { token, new_password: 'short' })).body.error, 'weak_password')
      const { status, body, headers } = await post('/password/new', { token, new_password: next })
      assert.deepEqual([status, body.ended, body.confirmed], [200, 2, true])
      assert.equal(typeof body.receipt, 'string')
      assert.deepEqual([headers.getSetCookie(), body.access_token], [[], undefined])
      assert.equal((await phone.call('GET', '/session')).status, 401)
      assert.equal((await post('/session/refresh', { refresh_token: phone.answer.body.refresh_token })).status, 401)
      assert.deepEqual([(await signIn(mail, password)).status, (await signIn(mail, next)).status], [401, 200])
      assert.match((await mails.next(mail)).subject, /was changed/)
      const again = await post('/password/new', { token, new_password: 'yet another tram to nowhere' })
      assert.deepEqual([again.status, again.body.error], [400, 'invalid_link'])
    })

    test('PR-1: the newest link wins; ten uses at once: one', async () => {
      const { mail } = await verified()
      const old = await asked('/password/forgotten', mail)
      const token = await asked('/password/forgotten', mail)
      assert.equal((await post('/password/new', { token: old, new_password: next })).body.error, 'invalid_link')
      const all = await Promise.all(Array.from({ length: 10 }, (_, n) => post('/password/new', { token, new_password: `${next} ${n}` })))
      assert.equal(all.filter(({ status }) => status === 200).length, 1)
      assert.ok(all.every(({ status, body }) => status === 200 || body.error === 'invalid_link'))
    })

    test('P1, P2, S19, S25: whatever was begun before a cut dies by it: reset, sign-in and verification links', async () => {
      const { mail, answer } = await verified()
      const [reset, link] = [await asked('/password/forgotten', mail), await asked('/session/mail-me', mail)]
      await running.curfew.end({ user: answer.body.user.sub })
      assert.equal((await post('/password/new', { token: reset, new_password: next })).body.error, 'invalid_link')
      assert.equal((await post('/session/mailed-sign-in', { token: link, mode: 'token' })).body.error, 'invalid_link')
      const fresh = await asked('/password/forgotten', mail)
      await running.curfew.end('everything')
      assert.equal((await post('/password/new', { token: fresh, new_password: next })).body.error, 'invalid_link')
      assert.equal((await signIn(mail, password)).status, 200) // nothing was changed
    })

    test('S25: a reset ends the link for a sign-in that was asked for before, and a sign-in that was under way', async () => {
      const { mail } = await verified()
      const link = await asked('/session/mail-me', mail)
      const token = await asked('/password/forgotten', mail)
      assert.equal((await post('/password/new', { token, new_password: next })).status, 200)
      assert.equal((await post('/session/mailed-sign-in', { token: link, mode: 'token' })).body.error, 'invalid_link')
    })

    test('PR-1, LG-1, TK-13: for a name that nobody has, without an address, not verified, or disabled: the same answer, and no mail', async () => {
      const { mail, answer } = await verified()
      const plain = await signedUp(running)
      const unverified = await signedUp(running, newName())
      await unverified.call('POST', '/mail', { mail: `${unverified.name}@example.com`, current_password: password })
      await mails.next(`${unverified.name}@example.com`)
      const good = await post('/password/forgotten', { identifier: mail })
      await mails.next(mail)
      const shape = ({ status, body, headers }: typeof good) => [
        ...[status, JSON.stringify(body)],
        [...headers]
          .map(([name, value]) => (name === 'date' ? name : `${name}: ${value}`))
          .filter((line) => !line.startsWith('x-request-id')),
      ]
      const count = mails.mails.length
      for (const identifier of [plain.name, unverified.name, `${unverified.name}@example.com`, 'nobody@example.com', 'x', '\u0000'])
        assert.deepEqual(shape(await post('/password/forgotten', { identifier })), shape(good), identifier)
      assert.equal(answer.status, 201)
      await asked('/password/forgotten', (await verified()).mail) // whatever was asked before it is worked off
      assert.equal(mails.mails.length, count + 2)
    })

    test('a link signs in once, as a device of its own; the session says how, userinfo whose address it is', async () => {
      const { mail } = await verified()
      const token = await asked('/session/mail-me', mail)
      const page = await fetch(`${running.issuer}/mailed-sign-in?token=${token}`)
      assert.match(await page.text(), new RegExp(mail.replaceAll('.', '\\.')))
      const all = await Promise.all(
        Array.from({ length: 10 }, () => post('/session/mailed-sign-in', { token, mode: 'token', device_name: 'tablet' })),
      )
      const [one, ...more] = all.filter(({ status }) => status === 200)
      assert.deepEqual([more.length, all.filter(({ body }) => body.error === 'invalid_link').length], [0, 9])
      const authorization = `Bearer ${one?.body.access_token}`
      const claims = JSON.parse(Buffer.from(one?.body.access_token.split('.')[1], 'base64url').toString())
      assert.deepEqual(claims.amr, ['mail'])
      const { sessions } = (await call(running.issuer, 'GET', '/sessions', undefined, { authorization })).body
      assert.ok(sessions.some((each: { device: string }) => each.device === 'tablet'))
      const info = (await call(running.issuer, 'GET', '/userinfo', undefined, { authorization })).body
      assert.deepEqual([info.email, info.email_verified], [mail, true]) // OpenID Connect Core 1.0 §5.4
    })

    test('a stranger who took somebody else’s address as a name: its owner gets in by a reset, which ends all that the stranger has, and by nothing less', async () => {
      const mail = `${newName()}@example.com`
      const stranger = await signedUp(running, mail)
      await mails.next(mail) // nobody says yes to it
      const count = mails.mails.length
      await post('/session/mail-me', { identifier: mail })
      const token = await asked('/password/forgotten', mail)
      assert.equal(mails.mails.length, count + 1)
      assert.equal((await post('/password/new', { token, new_password: next })).status, 200)
      assert.match((await mails.next(mail)).subject, /was changed/)
      assert.equal((await stranger.call('GET', '/session')).body.user, null)
      assert.equal((await signIn(mail, password)).status, 401)
      assert.match(await asked('/session/mail-me', mail), /^[\w-]{43}$/) // the address is theirs now
    })

    test('a new address is verified there, with the password; the old one is told, and opens nothing any more', async () => {
      const { mail, call: as } = await verified()
      const other = `${newName()}@example.org`
      assert.equal((await as('POST', '/mail', { mail: other, current_password: 'not the right one at all' })).status, 401)
      assert.equal((await as('POST', '/mail', { mail: 'no address', current_password: password })).status, 400)
      const reset = await asked('/password/forgotten', mail)
      assert.equal((await as('POST', '/mail', { mail: other, current_password: password })).status, 202)
      const token = tokenOf(await mails.next(other))
      assert.equal((await as('GET', '/session')).body.user.mail, mail) // not yet
      assert.deepEqual((await post('/mail/verify', { token })).body, { mail: other, mail_verified: true })
      assert.match((await mails.next(mail)).subject, /mail address .* was changed/)
      assert.deepEqual((await as('GET', '/session')).body.user.mail_verified, true)
      assert.equal((await post('/password/new', { token: reset, new_password: next })).body.error, 'invalid_link')
      assert.equal((await post('/mail/verify', { token })).body.error, 'invalid_link')
      assert.match(await asked('/password/forgotten', other), /^[\w-]{43}$/)
    })

    test('the account page: the address there, and another one, with the present password', async () => {
      const name = newName()
      const mail = `${name}@example.com`
      const ada = await signedUp(running, name)
      const browser = formBrowser()
      browser.cookies.set('curfew', ada.jar.get('curfew') ?? '')
      const account = await browser.go(`${running.issuer}/account`)
      assert.match(account.text, /None is known: who forgets the password cannot get back in/)
      const shown = await browser.go(`${running.issuer}/account/mail`)
      const table = [
        [{ mail, current_password: 'not the right one at all' }, /present password is not this one/],
        [{ mail: 'ada at home', current_password: password }, /not a mail address/],
      ] as const
      for (const [typed, words] of table) {
        const refused = await browser.submit(shown, typed)
        assert.deepEqual([refused.status, words.test(refused.text)], [400, true])
      }
      assert.match((await browser.submit(shown, { mail, current_password: password })).text, /Look in your mail/)
      const link = (await mails.next(mail)).link!
      // BF-4: nobody else's form does it.
      const other = formBrowser()
      other.cookies.set('curfew', (await signedUp(running)).jar.get('curfew') ?? '')
      assert.equal((await other.submit(shown, { mail, current_password: password })).status, 403)
      assert.match((await browser.submit(await browser.go(link.href), {})).text, new RegExp(`${mail.replaceAll('.', '\\.')} is verified`))
      assert.match((await browser.go(`${running.issuer}/account`)).text, new RegExp(mail.replaceAll('.', '\\.')))
    })

    test('an address that somebody verified is asked about for nobody else, and nobody hears that', async () => {
      const { mail } = await verified()
      const eve = await signedUp(running)
      const count = mails.mails.length
      assert.equal((await eve.call('POST', '/mail', { mail, current_password: password })).status, 202)
      // A link that was asked for before the other one verified it comes too late.
      const contested = `${newName()}@example.com`
      const ada = await signedUp(running)
      for (const one of [eve, ada]) await one.call('POST', '/mail', { mail: contested, current_password: password })
      const [first, second] = [await mails.next(contested), await mails.next(contested)]
      assert.equal((await post('/mail/verify', { token: tokenOf(first) })).status, 200)
      assert.equal((await post('/mail/verify', { token: tokenOf(second) })).body.error, 'invalid_link')
      assert.equal(mails.mails.length, count + 2)
    })

    test('AZ-22, PR-3, contract §6: the pages, without scripts: asks, gets the link, a weak password is refused without burning it, then it is done', async () => {
      const { mail } = await verified()
      const browser = formBrowser()
      const sent = await browser.submit(await browser.go(`${running.issuer}/forgot-password`), { identifier: mail })
      assert.match(sent.text, /Look in your mail/)
      const { link } = await mails.next(mail)
      const shown = await browser.go(link!.href)
      assert.match(shown.text, /Choose a new password/)
      const weak = await browser.submit(shown, { new_password: 'password12345678' })
      assert.equal(weak.status, 400)
      assert.match(weak.text, /easy to guess/)
      // AZ-19: a form of another browser, or of nobody, does nothing; the link still works.
      const foreign = await formBrowser().submit(shown, { new_password: next })
      assert.deepEqual([foreign.status, /waited too long/.test(foreign.text)], [400, true])
      const done = await browser.submit(weak, { new_password: next })
      assert.match(done.text, /Your password is changed/)
      assert.match(done.text, /Lights out\. No service accepts any of your devices/)
      assert.equal((await signIn(mail, next)).status, 200)
      const over = await browser.go(link!.href)
      assert.deepEqual([over.status, /does not work any more/.test(over.text)], [400, true])
      await mails.next(mail)
    })

    test('AZ-19: a mailed link signs this browser in under a new cookie, and says as whom before', async () => {
      const { mail } = await verified()
      const browser = formBrowser()
      const me = await browser.submit(await browser.go(`${running.issuer}/mail-me`), { identifier: mail })
      assert.match(me.text, /good for 15 minutes/)
      const shown = await browser.go((await mails.next(mail)).link!.href)
      assert.equal(browser.cookies.get('curfew'), undefined)
      const done = await browser.submit(shown, {})
      assert.match(done.text, /You are signed in/)
      const first = browser.cookies.get('curfew')
      assert.ok(first)
      assert.match((await browser.go(`${running.issuer}/account`)).text, /This device/)
      // Once more, in the same browser: another cookie, and the session of before is over.
      await browser.submit(await browser.go(`${running.issuer}/mail-me`), { identifier: mail })
      await browser.submit(await browser.go((await mails.next(mail)).link!.href), {})
      assert.notEqual(browser.cookies.get('curfew'), first)
      assert.equal((await call(running.issuer, 'GET', '/session', undefined, { cookie: `curfew=${first}` })).body.user, null)
    })

    test('LG-2, RL-1: who asks for mails again and again is told to wait, whether there is such an account or not', async () => {
      for (const identifier of [(await verified()).mail, `${newName()}@example.com`]) {
        const all = []
        for (let n = 0; n < 4; n += 1) all.push(await post('/password/forgotten', { identifier }))
        assert.deepEqual(
          all.map(({ status }) => status),
          [202, 202, 202, 429],
        )
        assert.ok(Number(all.at(-1)?.headers.get('retry-after')) > 60)
      }
    })

    test('LG-2: a new password by mail makes its device known: its owner signs in there whoever floods the name', async () => {
      const { mail } = await verified()
      await Promise.all(Array.from({ length: 10 }, () => signIn(mail, 'wrong wrong wrong wrong')))
      assert.equal((await signIn(mail, password)).status, 429)
      const { body } = await post('/password/new', { token: await asked('/password/forgotten', mail), new_password: next })
      const typed = { identifier: mail, password: next }
      assert.equal((await post('/session/sign-in', { ...typed, mode: 'token' })).status, 429, 'a device that nobody knows')
      assert.equal((await post('/session/sign-in', { ...typed, mode: 'token', device_token: body.device_token })).status, 200)
      const page = ownPage(running.issuer)
      assert.equal((await page.call('POST', '/session/sign-in', { ...typed, device_token: body.device_token })).status, 200)

      await mails.next(mail) // its owner is told
      const visitor = formBrowser()
      const form = await visitor.go(`${running.issuer}/new-password?token=${await asked('/password/forgotten', mail)}`)
      await visitor.submit(form, { new_password: `${next} again` })
      await visitor.submit(await visitor.go(`${running.issuer}/account`), { identifier: mail, password: `${next} again` })
      assert.match((await visitor.go(`${running.issuer}/account`)).text, /This device/)
    })

    test('LG-2: a name that strangers type uses up nothing of the mails that somebody asks for who is signed in', async () => {
      const { call: asOwner } = await verified()
      const address = `${newName()}@example.com`
      for (let n = 0; n < 4; n += 1) await post('/password/forgotten', { identifier: `verify ${address}` })
      assert.equal((await asOwner('POST', '/mail', { mail: address, current_password: password })).status, 202)
      await mails.next(address)
    })

    test('LO-1, MD-5: no link in a log line; the host of a link is the configured one, whatever the request says', async () => {
      const { mail } = await verified()
      await call(
        running.issuer,
        'POST',
        '/password/forgotten',
        { identifier: mail },
        { 'x-forwarded-host': 'evil.test', forwarded: 'host=evil.test' },
      )
      const { raw, link } = await mails.next(mail)
      assert.doesNotMatch(raw, /evil/)
      const token = link?.searchParams.get('token') ?? ''
      await post('/password/new', { token, new_password: 'short' })
      await fetch(link!)
      assert.doesNotMatch(JSON.stringify(running.lines), new RegExp(`${token}|${token.slice(0, 16)}`))
    })
  })
}

test('PR-1: links are over when their time is: a reset after 30 minutes, a sign-in after 15, a verification after 60', async (t) => {
  const mails: { to: string; text: string }[] = []
  let look: (() => void) | undefined
  const transport = async (mail: { to: string; text: string }) => {
    mails.push(mail)
    look?.()
  }
  const running = await open({ accounts: { signUp: true, mailLink: true }, mail: { from: 'a@b.test', transport } })
  t.after(() => running.close())
  const next = async (): Promise<string> => {
    if (mails.length === 0) await new Promise<void>((resolve) => (look = resolve))
    return /token=([\w-]{43})/.exec(mails.shift()?.text ?? '')?.[1] ?? ''
  }
  const post = (path: string, body: object) => call(running.issuer, 'POST', path, body)
  await signedUp(running, 'ada@example.com')
  assert.equal((await post('/mail/verify', { token: await next() })).status, 200)
  await signedUp(running, 'bob@example.com')
  const paths = {
    verify: ['/mail/verify', {}, 60],
    reset: ['/password/new', { new_password: 'kohlrabi on the tram to nowhere' }, 30],
    sign_in: ['/session/mailed-sign-in', { mode: 'token' }, 15],
  } as const
  const ask = { reset: '/password/forgotten', sign_in: '/session/mail-me' }
  for (const which of ['verify', 'sign_in', 'reset'] as const) {
    const [path, body, minutes] = paths[which]
    if (which !== 'verify') await post(ask[which], { identifier: 'ada@example.com' })
    const token = await next()
    running.advance(minutes * 60_000 + 1)
    assert.equal((await post(path, { token, ...body })).body.error, 'invalid_link', which)
  }
  await post(ask.reset, { identifier: 'ada@example.com' })
  const token = await next()
  running.advance(29 * 60_000)
  assert.equal((await post('/password/new', { token, ...paths.reset[1] })).status, 200)
})
