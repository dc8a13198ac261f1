import type { Binding } from './binding.ts'
import type { TrustedProxies } from './caller.ts'
import type { Seconds } from './instant.ts'
import type { Limits } from './limits.ts'
import type { ClientId } from './names.ts'

/** The configuration as it was checked at start, with its defaults filled in. Plain values; nothing here changes while the server runs. */
export interface Settings {
  /** Byte for byte what tokens, metadata and the `iss` parameter say (MD-1). No trailing slash. */
  readonly issuer: string
  /** Scheme, host and port of the issuer. */
  readonly origin: string
  /** Path below the origin where Curfew's own paths begin; '' at the root. */
  readonly basePath: string
  /** An `http` issuer on a loopback host: cookies lose `__Host-` and `Secure` (contract §6). */
  readonly loopback: boolean
  /** The default audience. */
  readonly audience: string
  readonly session: {
    /** The first-party client that the session API's tokens belong to. */
    readonly client: ClientId
    readonly idleLifetime: Seconds
    readonly absoluteLifetime: Seconds
    /** Of the first-party client. */
    readonly binding?: Binding | undefined
  }
  /** Origins beside the issuer's own that may use cookie mode (same site; contract §6). */
  readonly origins: readonly string[]
  readonly signUp: boolean
  /** How often what may be tried; false: somebody in front counts. */
  readonly limits: Limits | false
  /** Whose word about the caller's address is taken (LG-6). */
  readonly proxies: TrustedProxies
  /** New passwords have at least this many characters (LG-4). */
  readonly passwordLength: number
  /** Longest access token, of all clients. */
  readonly maxAccessLifetime: Seconds
  /** Only `curfew dev` shows the street below the pages. */
  readonly street: boolean
  /** Spare requests that each verifier keeps here (F8). */
  readonly spares: number
}
