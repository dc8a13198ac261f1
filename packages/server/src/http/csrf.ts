import { OAuthError } from '../errors.ts'
import type { HttpRequest } from './request.ts'

/** `origin` is the issuer's own, `origins` others of the same site that may use cookie mode. */
export type OwnOrigins = { readonly origin: string; readonly origins: readonly string[] }

/**
 * Refuses a call with a cookie that a page of ours did not make (contract §6, BF-4): it has a header that no form can send, and the
 * browser says that it comes from our own origin. Same site is not same origin (BF-5): another subdomain must be on the list by name.
 * Not for calls with a Bearer token: no browser adds one by itself. `instead`: what else the caller may have meant.
 */
export function requireOwnPage({ headers }: Pick<HttpRequest, 'headers'>, own: OwnOrigins, instead: string = ''): void {
  if (headers['curfew-request'] !== '1')
    throw refused(
      'no_header',
      `Calls that use cookies need the header Curfew-Request: 1, and from anything but a browser Origin: ${own.origin}.${instead}`,
    )
  const { origin } = headers
  switch (headers['sec-fetch-site']) {
    case 'same-origin':
      return
    case 'same-site':
      if (origin !== undefined && own.origins.includes(origin)) return
      throw refused('same_site', `This origin is of the same site, but not on the list "origins".${whose(origin, own)}`)
    case undefined: // an old browser, or none: what is left is the origin, to the letter
      if (origin !== undefined && (origin === own.origin || own.origins.includes(origin))) return
      throw refused('origin', `Send Origin: ${own.origin} with calls that use cookies.${whose(origin, own)}`)
    default:
      throw refused('cross_site', 'Calls that use cookies are taken from the own site only.')
  }
}

/**
 * Refuses a socket with a cookie that no page of ours opened (BF-4, BF-5): browsers add cookies to those that a page of a sibling subdomain opens,
 * and let it read what comes. A page sets no header there; the browser always says which origin it is of (RFC 6455 §4.1, §10.2).
 */
export function requireOwnSocket({ headers }: Pick<HttpRequest, 'headers'>, own: OwnOrigins): void {
  const { origin } = headers
  if (origin !== undefined && (origin === own.origin || own.origins.includes(origin))) return
  throw refused(
    'socket',
    `Sockets that use cookies are opened from ${own.origin}, or an origin on the list "origins".${whose(origin, own)}`,
  )
}

/** Most often a page is open at another address than the configured one. Only what is an origin, and short, is repeated. */
function whose(origin: string | undefined, own: OwnOrigins): string {
  if (origin === undefined || origin.length > 200 || !URL.canParse(origin) || new URL(origin).origin !== origin) return ''
  return ` This page is at ${origin}, and the issuer is set to ${own.origin}.`
}

function refused(reason: string, description: string): OAuthError {
  return new OAuthError('csrf', reason, { description })
}
