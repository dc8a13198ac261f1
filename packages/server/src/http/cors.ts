import type { HttpRequest } from './request.ts'

/**
 * Who may call a route from a page of another origin. `public`: anybody, without cookies (metadata and keys). `clients`: origins that a
 * client registered. `session`: those too, and with cookies the origins of the own site (contract §6). No value: nobody, as at authorize (AZ-9).
 */
export type Cors = 'public' | 'clients' | 'session'

/** What decides about origins: the configured ones, and those that clients registered. */
export interface KnownOrigins {
  readonly origins: readonly string[]
  isClientOrigin(origin: string): Promise<boolean>
}

const exposed = 'Location, Preference-Applied, Retry-After, WWW-Authenticate'

/** The CORS headers of an answer; none where the page's origin is not known. */
export async function corsHeaders(
  { headers }: Pick<HttpRequest, 'headers'>,
  cors: Cors | undefined,
  known: KnownOrigins,
): Promise<Record<string, string>> {
  if (cors === undefined) return {}
  if (cors === 'public') return { 'access-control-allow-origin': '*' }
  const vary = { vary: 'Origin' }
  const { origin } = headers
  if (origin === undefined || origin === 'null') return vary
  const isOwnSite = known.origins.includes(origin)
  if (!isOwnSite && !(await known.isClientOrigin(origin))) return vary
  return {
    ...vary,
    'access-control-allow-origin': origin,
    'access-control-expose-headers': exposed,
    ...(isOwnSite && cors === 'session' && { 'access-control-allow-credentials': 'true' }),
  }
}

/** What a preflight is answered beside those; undefined for a request that is none. */
export function preflightHeaders(
  { method, headers }: Pick<HttpRequest, 'method' | 'headers'>,
  methods: string,
): Record<string, string> | undefined {
  if (method !== 'OPTIONS' || headers.origin === undefined || headers['access-control-request-method'] === undefined) return undefined
  return {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': 'Authorization, Content-Type, Curfew-Request, Prefer',
    'access-control-max-age': '600',
  }
}
