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
  /** Everything that an attack could change: which devices there are, and who the browser is. */
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
  return {
    ...{ person, tab },
    async state() {
      const { status, body: list } = await api(sites, 'GET', '/sessions', { headers })
      const devices = status === 200 ? list.sessions.map(({ sid }: { sid: string }) => sid).sort() : status
      const who = await friend.evaluate<{ user: unknown; session: unknown }>(ask)
      return JSON.stringify({ devices, user: who.user, hasSession: who.session !== null })
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

/** What an attacker has in a browser of their own: a session, the cookie that forms are bound to, and a token for such a form. */
export async function attacker(sites: Sites): Promise<{ session: string; form: string; csrf: string }> {
  await api(sites, 'POST', '/sign-up', { body: { identifier: 'mallory', password, mode: 'token' } })
  const own = { 'curfew-request': '1', 'sec-fetch-site': 'same-origin' }
  const { cookies } = await api(sites, 'POST', '/session/sign-in', { body: { identifier: 'mallory', password }, headers: own })
  const page = await api(sites, 'GET', '/account')
  const value = (lines: string[], name: string): string => lines.find((line) => line.startsWith(`${name}=`))?.split(/[=;]/)[1] ?? ''
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const found = { session: value(cookies, '__Host-curfew'), form: value(page.cookies, '__Host-curfew-form'), csrf }
  for (const one of Object.values(found)) assert.ok(one.length > 20)
  return found
}
