import type { Algorithm } from './jws/index.ts'
import type { VerifierParts } from './parts.ts'
import type { Transport } from './transport.ts'
import type { OnLeaseLost } from './wire/index.ts'
import type { World } from './world.ts'

/** Any logger of this shape; pino's is. */
export type Logger = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** How a verifier is set up. */
export type VerifierOptions = {
  /** The issuer, exactly as it writes itself in tokens. */
  issuer: string
  /** This service's audience, exactly as it is in tokens. */
  audience: string
  /** `cfk_…`, from `npx curfew services add <name>`. Not needed with a transport of one's own. */
  key?: string | undefined
  /** What happens to good tokens while there is no lease: ask the issuer (the default), refuse, or accept until they expire (V10). */
  onLeaseLost?: OnLeaseLost | undefined
  algorithms?: readonly Algorithm[] | undefined
  /** Where RFC 9728 metadata about this service is, told to callers that come without a good token. */
  resourceMetadata?: string | undefined
  /** How many checked tokens are remembered; 10,000. */
  maxTokens?: number | undefined
  logger?: Logger | undefined
  transport?: Transport | undefined
  world?: World | undefined
  /** For simulations: other parts in the place of the verifier's own. */
  parts?: Partial<VerifierParts> | undefined
}

/** A mistake in how a verifier was set up: what is wrong and what to do. */
export class VerifierSetupError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'VerifierSetupError'
  }
}

/** The id and the secret in a service's key. */
export type ServiceKey = { id: string; secret: string }

/** Reads `cfk_<id>_<secret>`; the secret is the last 43 characters (contract §2). Never says what was wrong with which part of it. */
export function readKey(key: string): ServiceKey {
  const parts = /^cfk_([A-Za-z0-9._~-]{1,100})_([A-Za-z0-9_-]{43})$/.exec(key)
  if (parts === null) {
    throw new VerifierSetupError(
      'The key is not one that Curfew made: it looks like cfk_<service>_<43 characters>. Make one: npx curfew services add <service>, or services key <service> for one that is there',
    )
  }
  return { id: parts[1]!, secret: parts[2]! }
}

/** Checks that an issuer may be spoken to: https, or http on this machine. RFC 8414 §2. */
export function checkIssuer(issuer: unknown): string {
  if (typeof issuer !== 'string' || issuer === '') {
    throw new VerifierSetupError(
      'No issuer. Give the address of the Curfew server: { issuer: "https://login.example.com" }, or set CURFEW_ISSUER.',
    )
  }
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new VerifierSetupError(`The issuer ${quote(issuer)} is not an address. It looks like https://login.example.com.`)
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new VerifierSetupError(`The issuer ${quote(issuer)} has a query, a fragment or a user name. Write the plain address.`)
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new VerifierSetupError(
      `The issuer ${quote(issuer)} is reached without TLS, so anybody on the way could forge its answers. Use https.`,
    )
  }
  return issuer
}

/** Whether a host is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

/** Checks the rest of the settings, and gives their defaults. */
export function checkOptions(options: VerifierOptions): { issuer: string; audience: string; onLeaseLost: OnLeaseLost; maxTokens: number } {
  const issuer = checkIssuer(options.issuer)
  const { audience, onLeaseLost = 'introspect', maxTokens = 10_000 } = options
  if (typeof audience !== 'string' || audience === '') {
    throw new VerifierSetupError(
      'No audience. Give the one that this service is registered with: { audience: "https://api.example.com" }, or set CURFEW_AUDIENCE.',
    )
  }
  if (options.key === undefined && options.transport === undefined) {
    throw new VerifierSetupError(
      'No key, so the ledger cannot be followed. Make one with npx curfew services add <service>, or services key <service> for one that is there, and set CURFEW_KEY.',
    )
  }
  if (onLeaseLost !== 'introspect' && onLeaseLost !== 'refuse' && onLeaseLost !== 'accept') {
    throw new VerifierSetupError(`onLeaseLost is ${quote(String(onLeaseLost))}. It is one of introspect, refuse, accept.`)
  }
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 0) {
    throw new VerifierSetupError('maxTokens is how many tokens are remembered: a whole number, 0 for none.')
  }
  return { issuer, audience, onLeaseLost, maxTokens }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200))
}
