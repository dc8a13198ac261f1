import { parseCookie, stringifySetCookie } from 'cookie'
import type { Seconds } from '../domain/instant.ts'
import type { HttpRequest } from './request.ts'

/** Whether the issuer is `http` on a loopback host: there the names lose their prefix and `Secure`, which Safari would drop (contract §6). */
export type CookieSettings = { readonly loopback: boolean }

/**
 * `session`: the browser's session, opaque. `access`: the access token. `form`: what binds the pages' synchronizer token to this browser.
 * `device`: that people signed in with it before; it outlives every session, and proves nothing else.
 */
export type CookieName = 'session' | 'access' | 'form' | 'device'

const kinds = {
  session: { name: 'curfew', sameSite: 'lax' }, // Lax: the browser comes back from a client with it
  access: { name: 'curfew-at', sameSite: 'strict' },
  form: { name: 'curfew-form', sameSite: 'lax' },
  device: { name: 'curfew-device', sameSite: 'strict' },
} as const

/** A cookie's name as the browser has it. `__Host-`: no sibling subdomain can set or overwrite it (BF-1, BF-5). */
export function cookieName(which: CookieName, { loopback }: CookieSettings): string {
  return loopback ? kinds[which].name : `__Host-${kinds[which].name}`
}

/** The cookie's value, as sent; undefined where there is none, or it is no value that we make. */
export function readCookie(request: Pick<HttpRequest, 'headers'>, which: CookieName, settings: CookieSettings): string | undefined {
  const header = request.headers.cookie
  if (header === undefined) return undefined
  const value = parseCookie(header, { decode: (text) => text })[cookieName(which, settings)]
  return value !== undefined && /^[\w.-]{1,4096}$/.test(value) ? value : undefined
}

/** A `Set-Cookie` line. Without `maxAge` the cookie goes with the browser. */
export function setCookie(which: CookieName, value: string, settings: CookieSettings, maxAge?: Seconds): string {
  return stringifySetCookie({
    name: cookieName(which, settings),
    value,
    path: '/',
    httpOnly: true,
    secure: !settings.loopback,
    sameSite: kinds[which].sameSite,
    ...(maxAge !== undefined && { maxAge: Math.max(0, Math.floor(maxAge)) }),
  })
}

/** The line that keeps what the device shows at the next sign-in, for as long as browsers keep anything (RFC 6265bis §5.5). */
export function deviceCookie(value: string | undefined, settings: CookieSettings): readonly string[] {
  return value === undefined ? [] : [setCookie('device', value, settings, 400 * 86_400)]
}

/** The line that deletes a cookie: the same attributes, no value, no time left (ES-6). */
function deleteCookie(which: CookieName, settings: CookieSettings): string {
  return setCookie(which, '', settings, 0)
}

/** The lines that take everything of a session out of the browser: ours by name, never the host application's. */
export function deleteSessionCookies(settings: CookieSettings): readonly string[] {
  return [deleteCookie('session', settings), deleteCookie('access', settings)]
}
