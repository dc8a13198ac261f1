import { type AccountView, accountView } from '../../src/pages/views/account-view.ts'
import { type ConfirmSignOutView, confirmSignOutView } from '../../src/pages/views/confirm-sign-out-view.ts'
import { type ConsentView, consentView } from '../../src/pages/views/consent-view.ts'
import { type ErrorView, errorView } from '../../src/pages/views/error-view.ts'
import type { PageFrame } from '../../src/pages/views/layout.ts'
import { type MailView, mailView } from '../../src/pages/views/mail-view.ts'
import { type PasswordView, passwordView } from '../../src/pages/views/password-view.ts'
import { type SignInView, signInView } from '../../src/pages/views/sign-in-view.ts'
import { type SignedOutView, signedOutView } from '../../src/pages/views/signed-out-view.ts'

export const at = Date.UTC(2026, 10, 24, 21, 0, 7, 318)

export const frame: PageFrame = { nonce: 'bm9uY2U', host: 'id.example.com', street: { lit: true } }

/** Every view with every field filled with the same text: where the text comes from outside, so may it. */
export function everyView(text: string): Record<string, string> {
  const client = { name: text, host: text }
  const asked = { ...frame, host: text, action: '/here', interaction: text, csrf: text }
  const signIn: SignInView = { ...asked, client, identifier: text, fresh: { maxAge: 300 } }
  const consent: ConsentView = {
    ...asked,
    client,
    user: { name: text },
    scopes: [{ name: text, text: `read ${text}` }],
    audience: text,
    switchHref: '/sign-in',
  }
  const confirm: ConfirmSignOutView = {
    ...asked,
    client,
    user: { name: text },
    device: text,
    devices: 3,
    services: [text],
    hints: { state: text, client_id: undefined },
  }
  const signedOut: SignedOutView = {
    ...asked,
    outcome: 'pending',
    services: [
      { name: text, state: 'acknowledged', ms: 2.6 },
      { name: text, state: 'waiting' },
    ],
    uncovered: [{ aud: text, until: at }],
    kept: [{ client: text, scope: text }],
    receipt: { seq: 1042, at },
    continueHref: 'https://orders.example.com/',
    continueHost: text,
    signInHref: '/',
  }
  const error: ErrorView = {
    ...asked,
    title: text,
    what: text,
    todo: text,
    requestId: text,
    code: text,
    reason: text,
    at,
    client,
    next: { href: '/', text },
  }
  const device = { id: text, name: text, place: text, since: at - 60_000, lastUsed: at - 60_000, knownTo: 0 }
  const account: AccountView = {
    ...asked,
    ...{ again: '/account', withdrawAction: '/here' },
    user: { name: text },
    signOutHref: '/end-session',
    devices: [
      { ...device, current: true },
      { ...device, gone: { everywhere: true } },
    ],
    apps: [{ ...device, may: text, endsAt: at }],
    allowed: [{ id: text, name: text, hosts: text, may: text, since: at, gone: false }],
    passwordHref: '/account/password',
    mail: { href: '/account/mail', address: text, verified: false },
    now: at,
  }
  const password: PasswordView = { ...asked, identifier: text, passwordLength: 15, backHref: '/account' }
  const mail: MailView = {
    ...asked,
    heading: text,
    lead: [text],
    lit: true,
    links: [{ href: '/', text }],
    form: { action: '/here', hidden: { csrf: text, token: text }, field: { kind: 'name', typed: text }, button: text, busy: text },
  }
  return {
    signIn: signInView({ ...signIn, forgotHref: '/forgot-password', mailMeHref: '/mail-me' }),
    mailAsked: mailView(mail),
    mailAddress: mailView({ ...mail, form: { ...mail.form!, field: { kind: 'address', identifier: text, typed: text } } }),
    mailPassword: mailView({
      ...mail,
      problem: { what: text, todo: text, isField: true },
      form: { ...mail.form!, field: { kind: 'password', identifier: text, least: 15 } },
    }),
    signInMismatch: signInView({ ...signIn, problem: 'mismatch' }),
    consent: consentView(consent),
    confirm: confirmSignOutView(confirm),
    signedOut: signedOutView(signedOut),
    error: errorView(error),
    account: accountView(account),
    accountDone: accountView({ ...account, done: { ...signedOut, outcome: 'confirmed', heading: text, whom: text } }),
    accountProblem: accountView({ ...account, problem: { what: text, todo: text } }),
    password: passwordView(password),
    passwordWrong: passwordView({ ...password, problem: { field: 'new', what: text, todo: text } }),
  }
}

/** The tags of a document as the parser of a browser would find them, as long as the document is well formed. */
export function tags(document: string, name: string): string[] {
  const outside = document.replace(/<style[^>]*>[\s\S]*?<\/style>/g, '<style>').replace(/<script([^>]*)>[\s\S]*?<\/script>/g, '<script$1>')
  return outside.match(new RegExp(`<${name}\\b[^>]*>`, 'g')) ?? []
}

/** The value of an attribute of a tag. */
export function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
}

/** What a person reads: no tags, entities undone, one space between words. */
export function reads(document: string): string {
  const body = document.slice(document.indexOf('<body')).replace(/<script[\s\S]*?<\/script>/g, '')
  const text = body.replace(/<[^>]*>/g, ' ')
  return text
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
}
