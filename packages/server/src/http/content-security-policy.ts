/** What a page's answer must allow beyond itself. */
export type PageNeeds = {
  nonce: string
  /** Besides the own origin, where its forms may end up. Chromium checks redirects after a POST too, so the client's redirect belongs here. */
  formTargets?: readonly string[]
  /** For pages that listen: `'self'`. */
  connect?: readonly string[]
}

/** The policy of every page: nothing is fetched, nothing frames it, no script or style but its own. ASVS 3.4; RFC 9700 §4.16; AZ-9. */
export function contentSecurityPolicy({ nonce, formTargets = [], connect = [] }: PageNeeds): string {
  return [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    'img-src data:',
    ...(connect.length > 0 ? [`connect-src ${connect.join(' ')}`] : []),
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')
}

/** The form target (CSP source) of a redirect URI: an origin, or the bare scheme of a native app. */
export function formTarget(redirectUri: string): string {
  const { origin, protocol, hostname } = new URL(redirectUri)
  if (protocol !== 'http:' && protocol !== 'https:') return protocol
  if (hostname === '[::1]') return 'http:' // CSP has no notation for IPv6 hosts
  return origin
}
