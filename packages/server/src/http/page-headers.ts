/** What a page's answer must allow beyond itself. */
export type PageNeeds = {
  nonce: string
  /** Besides the own origin, where its forms may end up. Chromium checks redirects after a POST too, so the client's redirect belongs here. */
  formTargets?: readonly string[]
  /** Where an operator's logo comes from. */
  images?: readonly string[]
  /** For pages that listen: `'self'`. */
  connect?: readonly string[]
}

/** The headers of every page: nothing is fetched, framed, cached or told to others. ASVS 3.4; RFC 9700 §4.16; AZ-9. */
export function pageHeaders({ nonce, formTargets = [], images = [], connect = [] }: PageNeeds): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    `img-src ${['data:', ...images].join(' ')}`,
    ...(connect.length > 0 ? [`connect-src ${connect.join(' ')}`] : []),
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'X-Frame-Options': 'DENY', // for browsers that do not know frame-ancestors
    'X-Content-Type-Options': 'nosniff',
    // Not `no-referrer`: with it a form's POST says `Origin: null`, and the CSRF check needs the origin.
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  }
}

/** The form target (CSP source) of a redirect URI: an origin, or the bare scheme of a native app. */
export function formTarget(redirectUri: string): string {
  const { origin, protocol, hostname } = new URL(redirectUri)
  if (protocol !== 'http:' && protocol !== 'https:') return protocol
  if (hostname === '[::1]') return 'http:' // CSP has no notation for IPv6 hosts
  return origin
}
