import { z } from 'zod'
import type { Binding } from './domain/binding.ts'
import type { Client, GrantType } from './domain/client.ts'
import { redirectUriProblem } from './domain/redirect-uri.ts'
import type { Service } from './domain/service.ts'
import type { Settings } from './domain/settings.ts'
import { CurfewError } from './errors.ts'
import { hashSecret } from './use-cases/hash-secret.ts'

/** An OAuth client in the configuration. Lifetimes in seconds. */
export interface ClientOptions {
  id: string
  name?: string
  /** At least 32 characters; without one the client is public. */
  secret?: string
  authentication?: 'client_secret_basic' | 'client_secret_post'
  redirectUris?: string[]
  postLogoutRedirectUris?: string[]
  grants?: GrantType[]
  scopes?: string[]
  audience?: string
  audiences?: string[]
  origins?: string[]
  accessLifetime?: number
  idleLifetime?: number
  absoluteLifetime?: number
  /** Seconds, at most 300. */
  refreshGrace?: number
  /** Devices of one user at a time; the one used longest ago is signed out for the next. 100. */
  maxSessions?: number
  /** What it gets is good only from the address, or the network, that it was given at. Off unless it is said. */
  binding?: BindingOptions
  consent?: 'ask' | 'skip'
  idTokenAlgorithm?: 'ES256' | 'RS256'
}

/** Binding to the network address: `prefix` is a /24, of IPv6 a /56. */
export interface BindingOptions {
  to: 'exact' | 'prefix'
  /** What comes from elsewhere; `sign_in` if it is not said. */
  onMismatch?: 'refuse' | 'sign_in' | 'record' | undefined
  /** Also at each request, in the services. */
  requests?: boolean | undefined
}

/** A resource server in the configuration. `key`: as `curfew services add` prints it. */
export interface ServiceOptions {
  id: string
  audience?: string
  checks?: 'follow' | 'introspect' | 'none'
  public?: boolean
  key?: string
  maxRows?: number
}

export const day: number = 86_400
export const id: z.ZodType<string> = z.string().regex(/^[A-Za-z0-9._~:-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ ~ : -')
export const seconds = (most: number): z.ZodNumber => z.number().int().min(1).max(most)
export const scope: z.ZodType<string> = z
  .string()
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope has no spaces, quotes or backslashes (RFC 6749 §3.3)')
export const origin: z.ZodType<string> = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text, 'must be an origin: scheme, host and port, nothing more')
const redirectUri = z.string().superRefine((text, context) => {
  const problem = redirectUriProblem(text)
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

export const binding: z.ZodType<Binding, BindingOptions> = z
  .strictObject({
    to: z.enum(['exact', 'prefix']),
    onMismatch: z.enum(['refuse', 'sign_in', 'record']).default('sign_in'),
    requests: z.boolean().default(false),
  })
  .refine(
    ({ onMismatch, requests }) => onMismatch !== 'record' || !requests,
    'a service that looks at requests refuses: onMismatch cannot be record',
  )

const client = z.strictObject({
  id: id.refine(
    (text) => !/^[A-Za-z0-9_-]{22}$/.test(text),
    'must not look like a user: 22 such characters are what users are called (TK-8)',
  ),
  name: z.string().min(1).max(80).optional(),
  secret: z
    .string()
    .max(512)
    .refine(
      (text) => text.length >= 32 && new Set(text).size >= 10,
      'must have at least 32 random characters (for example: openssl rand -base64 48)',
    )
    .optional(),
  authentication: z.enum(['client_secret_basic', 'client_secret_post']).optional(),
  redirectUris: z.array(redirectUri).default([]),
  postLogoutRedirectUris: z.array(redirectUri).default([]),
  grants: z.array(z.enum(['authorization_code', 'refresh_token', 'client_credentials'])).default(['authorization_code', 'refresh_token']),
  scopes: z.array(scope).default(['openid', 'profile']),
  audience: z.string().min(1).optional(),
  audiences: z.array(z.string().min(1)).optional(),
  origins: z.array(origin).default([]),
  accessLifetime: seconds(3600).default(300),
  idleLifetime: seconds(365 * day).default(14 * day),
  absoluteLifetime: seconds(3 * 365 * day).default(90 * day),
  refreshGrace: z.number().int().min(0).max(300).default(30),
  maxSessions: z.number().int().min(1).max(1000).default(100),
  binding: binding.optional(),
  consent: z.enum(['ask', 'skip']).default('ask'),
  idTokenAlgorithm: z.enum(['ES256', 'RS256']).default('ES256'),
})

const service = z.strictObject({
  id: id.refine((text) => text !== 'app' && text !== 'curfew', 'is taken: `app` and `curfew` are in the issuer itself'),
  audience: z.string().min(1).optional(),
  checks: z.enum(['follow', 'introspect', 'none']).default('follow'),
  public: z.boolean().default(false),
  key: z.string().optional(),
  maxRows: z.number().int().min(1).max(100_000).default(200),
})

function clientOf(given: z.infer<typeof client>): Omit<Client, 'cut' | 'stale'> {
  const { secret, authentication, audience, audiences, name, binding, ...rest } = given
  if (rest.grants.includes('client_credentials') && secret === undefined) {
    throw new CurfewError(`The client ${given.id} has the grant client_credentials, so it needs a secret.`)
  }
  if (rest.grants.includes('authorization_code') && rest.redirectUris.length === 0) {
    throw new CurfewError(`The client ${given.id} has the grant authorization_code, so it needs redirectUris.`)
  }
  return {
    ...rest,
    name: name ?? given.id,
    authentication: secret === undefined ? 'none' : (authentication ?? 'client_secret_basic'),
    ...(secret === undefined ? {} : { secret: hashSecret(secret) }),
    ...(audience === undefined ? {} : { audience }),
    ...(audiences === undefined ? {} : { audiences }),
    ...(binding === undefined ? {} : { binding }),
    disabled: false,
    from: 'config',
  }
}

/** Reads the settings of one client, for the command line. */
export function readClient(given: ClientOptions): Omit<Client, 'cut' | 'stale'> {
  const read = client.safeParse(given)
  if (!read.success) throw new CurfewError(`The client${called(given)} is not right: ${problemOf(read.error)}.`)
  return { ...clientOf(read.data), from: 'cli' }
}

/** Reads the settings of one service, for the command line. */
export function readService(given: ServiceOptions, settings: Pick<Settings, 'audience'>): Service {
  const read = service.safeParse(given)
  if (!read.success) throw new CurfewError(`The service${called(given)} is not right: ${problemOf(read.error)}.`)
  return { ...serviceOf(read.data, settings), from: 'cli' }
}

/** What is wrong first, and where: never the value, which may be a secret. */
export function problemOf(error: z.ZodError): string {
  const [issue] = error.issues
  if (!issue) return 'it cannot be read'
  const at = issue.path.join('.')
  const message = issue.message.replace(/^Invalid input: /, '')
  return at === '' ? message : `${at}: ${message}`
}

/** ` web`, if it says its id. */
function called(given: unknown): string {
  const name = (given as { id?: unknown } | null)?.id
  return typeof name === 'string' && /^[!-~]{1,64}$/.test(name) ? ` ${name}` : ''
}

function serviceOf(given: z.infer<typeof service>, settings: Pick<Settings, 'audience'>): Service {
  const { key, audience, ...rest } = given
  const base = { ...rest, audience: audience ?? settings.audience, refused: false, from: 'config' as const }
  if (key === undefined) return base
  const secret = key.slice(-43)
  if (!/^[A-Za-z0-9_-]{43}$/.test(secret) || key !== `cfk_${given.id}_${secret}`) {
    throw new CurfewError(
      `The key of the service ${given.id} is not one: it reads cfk_${given.id}_ and 43 characters. Make one: npx curfew services add ${given.id}`,
    )
  }
  return { ...base, secret: hashSecret(secret) }
}
