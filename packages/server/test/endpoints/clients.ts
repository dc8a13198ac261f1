import { createHash, randomBytes } from 'node:crypto'
import type { ClientOptions, ServiceOptions } from '../../src/index.ts'
import { type FormBrowser, formBrowser, type Shown } from './form-browser.ts'
import { audience, open, password, type Running } from './running.ts'

export const secret = 'a-secret-with-more-than-thirty-two-characters'
export const otherAudience = 'https://billing.test'
const serviceSecret = 'S'.repeat(43)
export const ordersKey = { id: 'orders', secret: serviceSecret }

/** `web`: confidential, not asked for. `native`: public, asked for. `worker`: for itself. `post`: its secret in the body. */
export const clients: ClientOptions[] = [
  {
    id: 'web',
    name: 'Orders Web',
    secret,
    redirectUris: ['https://web.test/back', 'https://web.test/other?tab=1'],
    postLogoutRedirectUris: ['https://web.test/bye'],
    grants: ['authorization_code', 'refresh_token'],
    scopes: ['openid', 'profile', 'offline_access', 'orders:read'],
    consent: 'skip',
  },
  {
    id: 'native',
    name: 'Orders Native',
    redirectUris: ['http://127.0.0.1/back', 'com.example.app:/back', 'https://native.test/back', 'https://native.test/other'],
    scopes: ['openid', 'profile', 'orders:read', 'orders:write'],
    audiences: [otherAudience],
  },
  {
    id: 'once',
    redirectUris: ['https://once.test/back'],
    grants: ['authorization_code'],
    scopes: ['openid'],
    consent: 'skip',
    idTokenAlgorithm: 'RS256',
  },
  { id: 'worker', secret, grants: ['client_credentials'], scopes: ['orders:read', 'openid'] },
  { id: 'post', secret, authentication: 'client_secret_post', grants: ['client_credentials'], scopes: ['a:b'], audiences: [] },
]

export const services: ServiceOptions[] = [
  { id: 'orders', audience, key: `cfk_orders_${serviceSecret}`, public: true, checks: 'introspect' },
  { id: 'billing', audience: otherAudience, key: `cfk_billing_${'B'.repeat(43)}`, checks: 'introspect' },
]

/** An issuer with these clients and services. */
export function openIssuer(more: Parameters<typeof open>[0] = {}): Promise<Running> {
  return open({ clients, services, ...more })
}

/** A PKCE pair (RFC 7636 §4.1, §4.2). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

export type Asked = Record<string, string | readonly string[] | undefined>

/** An authorization request of `web`, good in itself; `more` replaces, adds, or with undefined takes away. */
export function authorizeUrl({ issuer }: Running, challenge: string, more: Asked = {}): string {
  const url = new URL(`${issuer}/authorize`)
  const all: Asked = {
    client_id: 'web',
    redirect_uri: 'https://web.test/back',
    response_type: 'code',
    scope: 'openid profile orders:read',
    state: 's-1',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...more,
  }
  for (const [name, value] of Object.entries(all)) {
    for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, one)
  }
  return url.href
}

/** Makes an account; what the session API answered. */
export async function signUp(
  { issuer }: Running,
  identifier: string,
): Promise<{ access_token: string; refresh_token: string; user: { sub: string } }> {
  const answer = await fetch(`${issuer}/sign-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identifier, password, mode: 'token' }),
  })
  if (answer.status !== 201) throw new Error(`sign-up: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as never
}

/** Types a name and the password into the sign-in page that is shown. */
export function signIn(browser: FormBrowser, page: Shown, identifier: string, secretWord: string = password): Promise<Shown> {
  return browser.submit(page, { identifier, password: secretWord })
}

/** Signs in for a client that is not asked for; the code, and what it takes to redeem it. */
export async function codeFor(
  running: Running,
  identifier: string,
  more: Asked = {},
  browser: FormBrowser = formBrowser(),
): Promise<{ code: string; verifier: string; left: URL; browser: FormBrowser }> {
  const { verifier, challenge } = pkce()
  let page = await browser.go(authorizeUrl(running, challenge, more))
  if (!page.left) page = await signIn(browser, page, identifier)
  if (!page.left && page.text.includes('name="answer"')) page = await browser.submit(page, { answer: 'allow' })
  const code = page.left?.searchParams.get('code')
  if (!page.left || !code)
    throw new Error(`no code: ${page.status} ${page.left ?? page.text.replace(/<style[\s\S]*?<\/style>/g, '').slice(0, 2000)}`)
  return { code, verifier, left: page.left, browser }
}

/** What the token endpoint answers. */
export interface Tokens {
  status: number
  headers: Headers
  body: Record<string, string>
}

/** Posts a form with HTTP Basic, or without. */
export async function post(
  url: string,
  form: Asked,
  basic?: { id: string; secret: string },
  headers: Record<string, string> = {},
): Promise<Tokens> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(form)) for (const one of [value].flat()) if (one !== undefined) body.append(name, one)
  const encoded = basic && Buffer.from(`${encodeURIComponent(basic.id)}:${encodeURIComponent(basic.secret)}`).toString('base64')
  const answer = await fetch(url, { method: 'POST', body, headers: { ...headers, ...(encoded && { authorization: `Basic ${encoded}` }) } })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) }
}

export const web = { id: 'web', secret }

/** Redeems a code of `web`. */
export function redeem(
  { issuer }: Running,
  { code, verifier }: { code: string; verifier: string },
  more: Asked = {},
  basic = web,
): Promise<Tokens> {
  return post(
    `${issuer}/token`,
    { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: 'https://web.test/back', ...more },
    basic,
  )
}

/** Signs in and redeems: the tokens of `web`. */
export async function tokensFor(
  running: Running,
  identifier: string,
  more: Asked = {},
): Promise<Record<string, string> & { browser: FormBrowser }> {
  const got = await codeFor(running, identifier, more)
  const { status, body } = await redeem(running, got, more.redirect_uri === undefined ? {} : { redirect_uri: more.redirect_uri })
  if (status !== 200) throw new Error(`token: ${status} ${JSON.stringify(body)}`)
  return { ...body, browser: got.browser } as never
}

/** What the verifier in the issuer's process says about an access token. */
export async function seenBy({ curfew }: Running, token: string | undefined): Promise<string> {
  const verifier = curfew.verifier()
  await verifier.ready()
  return (await verifier.verify({ token })).outcome
}
