import assert from 'node:assert/strict'
import { password, type Sites } from './sites.ts'
import type { Person, Tab } from './tab.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the tests are about.
type Json = any

/** A call past every browser, and what it was answered. */
export async function api(
  { curfew, issuer }: Pick<Sites, 'curfew' | 'issuer'>,
  method: string,
  path: string,
  given: { body?: object; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: Json; headers: Headers; cookies: string[] }> {
  const { body, headers } = given
  const request = new Request(issuer + path, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  const answer = await curfew.fetch(request, { peer: { address: '127.0.0.1' } })
  assert.ok(answer, `${path} is ours`)
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text, cookies: answer.headers.getSetCookie() }
}

/** Somebody who is signed in at a browser, and a device of theirs past every browser that sees what becomes of it. */
export interface Victim {
  readonly person: Person
  /** At the account page. */
  readonly tab: Tab
  /** The id of the device at the browser. */
  readonly sid: string
  /** Everything that an attack could change: which devices there are, who the browser is, since when, and mails. */
  state(): Promise<string>
}

/** Makes an account, and signs its owner in at the account page. */
export async function victim(sites: Sites, start: () => Promise<Person>, name: string): Promise<Victim> {
  const { body } = await api(sites, 'POST', '/sign-up', { body: { identifier: name, password, mode: 'token' } })
  const headers = { authorization: `Bearer ${body.access_token}` }
  const person = await start()
  const tab = await person.open()
  await signIn(sites, tab, name)
  // Our own pages may fetch nothing (their policy): who the browser is, a page asks that may.
  const friend = await person.open()
  await friend.goto(`${sites.allowed}/`)
  const ask = `fetch(${JSON.stringify(`${sites.issuer}/session`)}, { credentials: 'include' }).then((answer) => answer.json())`
  const { session } = await friend.evaluate<{ session: { sid: string } }>(ask)
  return {
    ...{ person, tab, sid: session.sid },
    async state() {
      const { status, body: list } = await api(sites, 'GET', '/sessions', { headers })
      const devices = status === 200 ? list.sessions.map(({ sid }: { sid: string }) => sid).sort() : status
      const who = await friend.evaluate<{ user: unknown; session: { auth_time: number } | null }>(ask)
      return JSON.stringify({ devices, user: who.user, since: who.session?.auth_time ?? null, mails: sites.mails.length })
    },
  }
}

/** Types a name and the password at the account page. */
export async function signIn({ issuer }: Pick<Sites, 'issuer'>, tab: Tab, name: string): Promise<void> {
  await tab.goto(`${issuer}/account`)
  await tab.andLoad(
    `(identifier.value = ${JSON.stringify(name)}, password.value = ${JSON.stringify(password)}, document.forms[0].querySelector('button').click())`,
  )
  assert.equal(await heading(tab), 'Where you are signed in')
}

/** The heading of the page that is shown. */
export function heading(tab: Tab): Promise<string> {
  return tab.evaluate(`(document.querySelector('h1') ?? {}).innerText ?? ''`)
}

/** What an attacker has in a browser of their own: a session, the cookie that forms are bound to, a token for such a form, a link that signs in. */
export interface Attacker {
  readonly name: string
  readonly session: string
  readonly form: string
  readonly csrf: string
  readonly pageCsrf: string
  readonly link: string
}

/** Makes one. */
export async function attacker(sites: Sites): Promise<Attacker> {
  const name = 'mallory@evil.test'
  const linkIn = (text: string): string => /token=([\w.-]+)/.exec(text)?.[1] ?? ''
  const verify = sites.mailed(name)
  await api(sites, 'POST', '/sign-up', { body: { identifier: name, password, mode: 'token' } })
  await api(sites, 'POST', '/mail/verify', { body: { token: linkIn(await verify) } })
  const signIn = sites.mailed(name)
  await api(sites, 'POST', '/session/mail-me', { body: { identifier: name } })
  const own = { 'curfew-request': '1', 'sec-fetch-site': 'same-origin' }
  const { cookies } = await api(sites, 'POST', '/session/sign-in', { body: { identifier: name, password }, headers: own })
  const value = (lines: string[], cookie: string): string => lines.find((line) => line.startsWith(`${cookie}=`))?.split(/[=;]/)[1] ?? ''
  const page = await api(sites, 'GET', '/account')
  const form = value(page.cookies, '__Host-curfew-form')
  const other = await api(sites, 'GET', '/forgot-password', { headers: { cookie: `__Host-curfew-form=${form}` } })
  const csrfIn = (text: string): string => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
  const found = {
    session: value(cookies, '__Host-curfew'),
    form,
    csrf: csrfIn(page.body),
    pageCsrf: csrfIn(other.body),
    link: linkIn(await signIn),
  }
  for (const [what, one] of Object.entries(found)) assert.ok(one.length > 20, what)
  return { name, ...found }
}
