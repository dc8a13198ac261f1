/** An answer as a value. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Each its own header line. */
  readonly cookies?: readonly string[]
  readonly body?: string | Uint8Array
}

/** JSON about somebody, or with a secret in it: never kept by a cache (contract §1). */
export function noStoreJson(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }, body: JSON.stringify(value) }
}

/** An HTML page. The policy is the page's own; `nonce` is in it. */
export function htmlPage(status: number, body: string, policy: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      ...headers,
    },
    body,
  }
}

/** 303, so that a POST with a password is never repeated elsewhere (RFC 9700 §4.12, AZ-10). */
export function seeOther(location: string, cookies: readonly string[] = []): HttpAnswer {
  return { status: 303, headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }, cookies }
}
