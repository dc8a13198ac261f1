import type { Binding } from './binding.ts'
import type { Seconds } from './instant.ts'
import type { ClientId, Hash } from './names.ts'

/** The grants that exist (OAuth 2.1; RFC 6749 §4.1, §4.4, §6). */
export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials'

/** How a client proves who it is (RFC 8414 names). */
export type ClientAuthentication = 'none' | 'client_secret_basic' | 'client_secret_post'

/** An OAuth client as registered (contract §2). */
export interface Client {
  readonly id: ClientId
  readonly name: string
  /** `none` is a public client; it has no secret. */
  readonly authentication: ClientAuthentication
  readonly secret?: Hash
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly grants: readonly GrantType[]
  /** What it may ask for. `openid` and `offline_access` included, where it may. */
  readonly scopes: readonly string[]
  /** Its default audience; the configured one where it has none. */
  readonly audience?: string
  /** Audiences that it may ask for with `resource`, beside its default; undefined: any that a service has. */
  readonly audiences?: readonly string[]
  /** Origins that may call token, userinfo, revoke and the session API from a browser, with CORS. */
  readonly origins: readonly string[]
  readonly accessLifetime: Seconds
  /** Slides with each use. */
  readonly idleLifetime: Seconds
  /** Never slides. */
  readonly absoluteLifetime: Seconds
  /** How long after a rotation the token before is answered with the same successor. */
  readonly refreshGrace: Seconds
  /** Live sessions of one user that were signed in for this client; the oldest end. */
  readonly maxSessions?: number
  /** Whether what it gets is good only from where it was given. */
  readonly binding?: Binding
  /** First-party clients are not asked for; everybody else is. */
  readonly consent: 'ask' | 'skip'
  readonly idTokenAlgorithm: 'ES256' | 'RS256'
  readonly disabled: boolean
  /** Highest numbers in the ledger that cut, or made stale, all that this client has. */
  readonly cut: number
  readonly stale: number
  /** Who registered it: the config (written again at each start) or the command line. */
  readonly from: 'config' | 'cli'
}
