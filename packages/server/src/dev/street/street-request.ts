import type { IncomingMessage, ServerResponse } from 'node:http'

const cookieName = 'curfew-street'
const mostBytes = 4096

/** Whether a request is meant for this server: a name that somebody else points here does not count (DNS rebinding). */
export function isForUs({ headers }: IncomingMessage, host: string): boolean {
  return headers.host === host
}

/** Whether a POST comes from this page: Fetch Metadata, or where a browser has none an exact Origin. */
export function isOwnForm({ headers }: IncomingMessage, origin: string): boolean {
  const site = headers['sec-fetch-site']
  return site === undefined ? headers.origin === origin : site === 'same-origin'
}

/** Whether a page of another site wants more than to link here. Its GET comes without our cookie, and would open one street after the other. */
export function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'] ?? 'none'
  return site !== 'none' && site !== 'same-origin' && headers['sec-fetch-dest'] !== 'document'
}

const ourCookie = new RegExp(`(?:^|; )${cookieName}=([A-Za-z0-9_-]{43})(?:;|$)`)

/** The value of the street's own cookie. */
export function readVisitCookie({ headers }: IncomingMessage): string | undefined {
  return ourCookie.exec(headers.cookie ?? '')?.[1]
}

/** The cookie that a browser is given: this server's own, for as long as the browser runs. */
export function visitCookie(value: string): string {
  return `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Lax`
}

/** Reads a small form; undefined: too long, or cut off. */
export function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= mostBytes) chunks.push(chunk)
    })
    request.on('end', () => resolve(size > mostBytes ? undefined : new URLSearchParams(Buffer.concat(chunks).toString())))
    request.on('error', () => resolve(undefined))
    request.on('close', () => resolve(undefined))
  })
}

/** Answers with a page, text or JSON. Everything here is about somebody. */
export function answer(response: ServerResponse, status: number, type: string, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    ...headers,
  })
  response.end(body)
}

/** RFC 9110 §15.4.4: the browser comes back with GET. */
export function seeOther(response: ServerResponse, location: string, headers: Record<string, string> = {}): void {
  response.writeHead(303, { location, 'cache-control': 'no-store', ...headers })
  response.end()
}
