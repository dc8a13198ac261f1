import { parseSetCookie } from 'cookie'
import { password, type Running } from './running.ts'

/** An answer, read. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: what a body holds is what the tests are about.
  readonly body: any
}

type Call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

/** Sends JSON, reads JSON. */
export async function call(
  issuer: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(issuer + path, {
    method,
    redirect: 'manual',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text }
}

/** A page of the issuer's own origin: keeps cookies, sends what a browser and our own pages send. */
export interface Browser {
  readonly call: Call
  readonly jar: Map<string, string>
}

export function browser(issuer: string): Browser {
  const jar = new Map<string, string>()
  return {
    jar,
    async call(method, path, body, headers = {}) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const own = { 'curfew-request': '1', 'sec-fetch-site': 'same-origin', ...(cookie !== '' && { cookie }) }
      const answer = await call(issuer, method, path, body, { ...own, ...headers })
      for (const line of answer.headers.getSetCookie()) {
        const { name, value, maxAge } = parseSetCookie(line)
        if (maxAge === 0) jar.delete(name)
        else jar.set(name, value ?? '')
      }
      return answer
    },
  }
}

let count = 0

/** A name that nobody has yet. */
export function newName(): string {
  return `user-${++count}`
}

/** A browser in which somebody new has signed up. */
export async function signedUp(
  running: Running,
  name: string = newName(),
): Promise<Browser & { readonly name: string; readonly answer: Answer }> {
  const one = browser(running.issuer)
  const answer = await one.call('POST', '/sign-up', { identifier: name, password })
  return { ...one, name, answer }
}

/** A native device of the user: its tokens, and calls with them. */
export async function device(
  running: Running,
  name: string,
  deviceName = 'phone',
): Promise<{ readonly call: Call; readonly answer: Answer }> {
  const answer = await call(running.issuer, 'POST', '/session/sign-in', {
    identifier: name,
    password,
    mode: 'token',
    device_name: deviceName,
  })
  const authorization = `Bearer ${answer.body.access_token}`
  return { answer, call: (method, path, body, headers) => call(running.issuer, method, path, body, { authorization, ...headers }) }
}

/** A token of the operators' client. */
export async function operatorToken(running: Running, scope = 'curfew:end'): Promise<string> {
  const answer = await fetch(`${running.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`ops:${opsSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

export const opsSecret = 'ops-secret-which-is-long-enough-to-be-one-0123'
