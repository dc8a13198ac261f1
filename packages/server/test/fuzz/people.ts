import { randomBytes } from 'node:crypto'
import { call, operatorToken } from '../endpoints/calling.ts'
import { authorizeUrl, pkce, redeem } from '../endpoints/clients.ts'
import { formBrowser, type Shown } from '../endpoints/form-browser.ts'
import type { Running } from '../endpoints/running.ts'
import { attribute, tags } from '../pages/samples.ts'
import type { Secrets } from './secrets.ts'

/** All that one person has at one moment: whatever a request could need to be good. */
export interface Person {
  readonly name: string
  readonly password: string
  readonly phone: Readonly<Record<'access' | 'refresh' | 'sid' | 'device', string>>
  /** Of a browser that is signed in, as a Cookie header; and of one that is not. */
  readonly cookie: string
  readonly stranger: string
  readonly web: Readonly<Record<'access' | 'refresh' | 'id', string>>
  readonly code: string
  readonly verifier: string
  readonly links: Readonly<Record<'reset' | 'sign_in' | 'verify', string>>
  /** Hidden fields of the pages that lie open. */
  readonly forms: Readonly<
    Record<
      | 'signIn'
      | 'consent'
      | 'account'
      | 'password'
      | 'mail'
      | 'accountSignIn'
      | 'endSession'
      | 'forgot'
      | 'reset'
      | 'mailedSignIn'
      | 'mailMe'
      | 'verifyMail',
      Readonly<Record<string, string>>
    >
  >
  readonly operator: string
  readonly receipt: string
}

const challenge = pkce()

/** Makes one, and keeps all secrets of theirs. `mailed`: the token in the mail to an address whose link leads to a page. */
export async function makePerson(issuer: string, mailed: (to: string, page: string) => Promise<string>, secrets: Secrets): Promise<Person> {
  const running = { issuer } as Running
  const name = `p${randomBytes(6).toString('hex')}@fuzz.test`
  const password = `Pw7${randomBytes(15).toString('base64url')}`
  secrets.add('never', 'password', password)
  const json = (path: string, body: object, headers: Record<string, string> = {}) => call(issuer, 'POST', path, body, headers)
  const signedUp = await json('/sign-up', { identifier: name, password, mode: 'token' })
  if (signedUp.status !== 201) throw new Error(`sign-up: ${signedUp.status} ${JSON.stringify(signedUp.body)}`)
  const { access_token: access, refresh_token: refresh, device_token: device = '', session } = signedUp.body
  const verified = await json('/mail/verify', { token: await mailed(name, '/verify-mail') })
  if (verified.status !== 200) throw new Error(`verify: ${verified.status}`)
  const bearer = { authorization: `Bearer ${access}` }

  const one = formBrowser()
  const stranger = formBrowser()
  const page = await stranger.go(authorizeUrl(running, challenge.challenge))
  const own = await one.go(authorizeUrl(running, challenge.challenge))
  const left = await one.submit(own, { identifier: name, password })
  const first = left.left?.searchParams.get('code') ?? ''
  const web = (await redeem(running, { code: first, verifier: challenge.verifier })).body
  const again = await one.go(authorizeUrl(running, challenge.challenge))
  const consent = await one.go(
    authorizeUrl(running, challenge.challenge, { client_id: 'native', redirect_uri: 'https://native.test/back' }),
  )
  const other = `o${randomBytes(6).toString('hex')}@fuzz.test`
  const [reset, signIn, verify] = await Promise.all([
    json('/password/forgotten', { identifier: name }).then(() => mailed(name, '/new-password')),
    json('/session/mail-me', { identifier: name }).then(() => mailed(name, '/mailed-sign-in')),
    json('/mail', { mail: other, current_password: password }, bearer).then(() => mailed(other, '/verify-mail')),
  ])
  const fieldsOf = async (which: typeof one, path: string) => hidden(await which.go(issuer + path))
  const operator = await operatorToken(running)
  const pending = await json('/admin/end', { session: 'A'.repeat(22) }, { authorization: `Bearer ${operator}`, prefer: 'wait=0' })
  const cookie = [...one.cookies].map(([key, value]) => `${key}=${value}`).join('; ')
  for (const [what, value] of Object.entries({
    ...{ access, refresh, 'device token': device, operator, reset, signIn, verify, first },
    ...{ 'web access': web.access_token, 'web refresh': web.refresh_token, 'session cookie': one.cookies.get('curfew') },
  }))
    secrets.add('refusals', what, value)
  const code = again.left?.searchParams.get('code') ?? ''
  secrets.add('refusals', 'code', code)
  return {
    ...{ name, password, cookie, code, verifier: challenge.verifier, operator },
    phone: { access, refresh, device, sid: session.sid },
    stranger: [...stranger.cookies].map(([key, value]) => `${key}=${value}`).join('; '),
    web: { access: web.access_token ?? '', refresh: web.refresh_token ?? '', id: web.id_token ?? '' },
    links: { reset, sign_in: signIn, verify },
    forms: {
      ...{ signIn: hidden(page), consent: hidden(consent) },
      ...{
        account: await fieldsOf(one, '/account'),
        password: await fieldsOf(one, '/account/password'),
        mail: await fieldsOf(one, '/account/mail'),
      },
      ...{ accountSignIn: await fieldsOf(stranger, '/account'), endSession: await fieldsOf(one, '/end-session') },
      ...{ forgot: await fieldsOf(stranger, '/forgot-password'), mailMe: await fieldsOf(stranger, '/mail-me') },
      reset: await fieldsOf(stranger, `/new-password?token=${reset}`),
      mailedSignIn: await fieldsOf(stranger, `/mailed-sign-in?token=${signIn}`),
      verifyMail: await fieldsOf(stranger, `/verify-mail?token=${verify}`),
    },
    receipt: /receipts\/([\w-]+)/.exec(pending.headers.get('location') ?? '')?.[1] ?? 'A'.repeat(22),
  }
}

function hidden(page: Shown): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const input of tags(page.text, 'input'))
    if (attribute(input, 'type') === 'hidden')
      fields[attribute(input, 'name')!] = (attribute(input, 'value') ?? '').replaceAll('&amp;', '&')
  return fields
}
