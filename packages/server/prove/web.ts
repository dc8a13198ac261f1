import { createHash, randomBytes } from 'node:crypto'
import { type FormBrowser, formBrowser } from '../test/endpoints/form-browser.ts'
import { ends, type Kind, operate, Skip, type Stage } from './endings.ts'
import { form } from './http-client.ts'
import type { Device } from './judge.ts'
import { claims, type Person } from './population.ts'

/** Where the client `web` gets its codes; nobody listens there. */
export const webRedirect = 'http://127.0.0.1:9/back'

/** A browser that is signed in at the issuer, and what the client `web` got there. */
export interface WebSession {
  readonly browser: FormBrowser
  readonly device: Device
  readonly idToken: string
}

/** Signs in at the pages, with code and PKCE. */
export async function openWeb(person: Person, stage: Stage): Promise<void> {
  const browser = formBrowser()
  const { answer, device } = await redeem(person, await code(person, browser, stage), stage)
  person.web = { browser, device, idToken: answer.id_token }
}

interface Code {
  readonly code: string
  readonly verifier: string
}

async function code(person: Person, browser: FormBrowser, { issuer }: Stage): Promise<Code> {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: 'web',
    redirect_uri: webRedirect,
    response_type: 'code',
    scope: 'openid profile',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  let page = await browser.go(`${issuer}/authorize?${query}`)
  if (!page.left) page = await browser.submit(page, { identifier: person.name, password: person.password })
  const given = page.left?.searchParams.get('code')
  if (!given) throw new Error(`no code for ${person.name}: ${page.status}`)
  return { code: given, verifier }
}

async function exchange({ code: given, verifier }: Code, { url, http }: Stage): Promise<{ status: number; text: string }> {
  const fields = form({
    grant_type: 'authorization_code',
    client_id: 'web',
    redirect_uri: webRedirect,
    code: given,
    code_verifier: verifier,
  })
  return http.call(`${url}/token`, { method: 'POST', ...fields })
}

async function redeem(person: Person, given: Code, stage: Stage): Promise<{ answer: { id_token: string }; device: Device }> {
  const { status, text } = await exchange(given, stage)
  if (status !== 200) throw new Error(`code of ${person.name}: ${status} ${text}`)
  const answer = JSON.parse(text) as { access_token: string; id_token: string }
  const { sid, gid, jti, exp } = claims(answer.access_token)
  return { answer, device: { user: person.name, sid, gid, jti, accessToken: answer.access_token, refreshToken: '', expiresAt: exp * 1000 } }
}

/** What ends in a browser. */
export const webKinds: Readonly<Record<string, Kind>> = {
  'end-session': (person, _, { issuer }) => {
    const { web } = person
    if (!web) throw new Skip()
    const query = new URLSearchParams({ id_token_hint: web.idToken, post_logout_redirect_uri: webRedirect })
    return ends('end-session', [web.device], async () => {
      const sentAt = performance.now()
      const page = await web.browser.go(`${issuer}/end-session?${query}`)
      // It sends the browser on only once it is confirmed (ES-4).
      const isConfirmed = page.left?.href.startsWith(webRedirect) === true
      const text = JSON.stringify({ confirmed: isConfirmed })
      return { status: isConfirmed ? 200 : page.status, headers: {}, text, sentAt, cameAt: performance.now() }
    })
  },

  'cookie sign-out': (person, _, { issuer }) => {
    const { web } = person
    if (!web) throw new Skip()
    return ends('cookie sign-out', [web.device], async () => {
      const sentAt = performance.now()
      const headers = { 'curfew-request': '1', 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }
      const page = await web.browser.go(`${issuer}/session/sign-out`, { method: 'POST', headers, body: '{}' })
      return { status: page.status, headers: {}, text: page.text, sentAt, cameAt: performance.now() }
    })
  },

  'code used twice': async (person, _, stage) => {
    const { web } = person
    if (!web) throw new Skip()
    const given = await code(person, web.browser, stage)
    const { device } = await redeem(person, given, stage)
    Object.assign(device, { endingSince: performance.now(), kind: 'code used twice' })
    const again = await exchange(given, stage)
    if (again.status !== 400) throw new Error(`a code was good twice: ${again.status}`)
    return { ...(await ends('code used twice', [device], () => operate(stage, { grant: device.gid }))), askedLater: true, more: [device] }
  },

  'another user in the browser': async (person, _, stage) => {
    const { web } = person
    if (!web) throw new Skip()
    const { device, browser } = web
    Object.assign(device, { endingSince: performance.now(), kind: 'another user in the browser' })
    const headers = { 'curfew-request': '1', 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }
    const body = JSON.stringify({ identifier: 'visitor', password: 'the password of visitor', mode: 'cookie' })
    const page = await browser.go(`${stage.issuer}/session/sign-in`, { method: 'POST', headers, body })
    if (page.status !== 200) throw new Error(`the visitor could not sign in: ${page.status} ${page.text}`)
    return { ...(await ends('another user in the browser', [device], () => operate(stage, { session: device.sid }))), askedLater: true }
  },
}
