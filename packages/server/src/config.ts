import { z } from 'zod'
import { type AccountOptions, accountOptions, blockedOf } from './account-options.ts'
import type { MailSetup } from './accounts/open-mail.ts'
import { type DatabaseOption, database } from './database-option.ts'
import type { ProxyOptions } from './domain/caller.ts'
import type { Client } from './domain/client.ts'
import type { Service } from './domain/service.ts'
import type { Settings } from './domain/settings.ts'
import type { Rights } from './domain/user.ts'
import { CurfewError } from './errors.ts'
import { checkedIssuer } from './issuer-option.ts'
import { checkedProxies, type LimitOptions, limits } from './limit-options.ts'
import { type MailOptions, readMail } from './mail-options.ts'
import {
  type BindingOptions,
  binding,
  type ClientOptions,
  day,
  id,
  origin,
  problemOf,
  readClient,
  readService,
  type ServiceOptions,
  scope,
  seconds,
} from './registration.ts'
import type { Blocked, Logger } from './use-cases/needs.ts'
import type { World } from './world.ts'

/** Everything that can be set. Seconds, unless the name says otherwise. */
export interface CurfewOptions {
  /** `https://…`, or `http://` on a loopback host. Byte for byte what tokens will say. */
  issuer: string
  audience: string
  /** A SQLite file, or `:memory:`; or PostgreSQL: `postgres://…`, or a pool of the application's own, as `pg.Pool` is one; or how to use it. */
  database: DatabaseOption
  accounts?:
    | AccountOptions
    | {
        authenticate(given: { identifier: string; password: string; address?: string | undefined }): Promise<{ sub: string } | undefined>
        find(sub: string): Promise<Rights | undefined>
      }
  /** For lost passwords and mail addresses. Without it, nothing that needs mail exists. */
  mail?: MailOptions
  /** The master secret; CURFEW_SECRET otherwise. */
  secret?: string
  basePath?: string
  origins?: string[]
  session?: {
    client?: string
    scopes?: string[]
    idleLifetime?: number
    absoluteLifetime?: number
    maxSessions?: number
    accessLifetime?: number
    binding?: BindingOptions
  }
  clients?: ClientOptions[]
  services?: ServiceOptions[]
  /** Milliseconds; only when the database is made (D3). */
  lease?: number
  /** Spare requests of each verifier, for messages that the network loses (F8); 0: none, and one connection each instead of three. */
  spares?: number
  logger?: Logger
  /** How often what may be tried, by name; false where somebody in front counts. */
  limits?: LimitOptions | false
  /** Proxies whose X-Forwarded-For (or other header) says who is calling: their addresses and networks. Nobody's by itself. */
  proxies?: ProxyOptions
  /** The control socket of the command line; false turns it off. */
  control?: boolean
  /** Time and chance, for tests. */
  world?: World
  /** What `curfew serve` and `curfew dev` switch on: health endpoints, the street below the pages. */
  serve?: { health?: boolean; street?: boolean }
}

/** The configuration as the server uses it. */
export interface Config {
  readonly settings: Settings
  readonly clients: readonly Omit<Client, 'cut' | 'stale'>[]
  readonly services: readonly Service[]
  readonly leaseMs: number
  readonly mail: MailSetup | undefined
  readonly blocked: Blocked | undefined
}

const options = z.strictObject({
  issuer: z.string(),
  audience: z.string().min(1).max(512),
  database,
  accounts: accountOptions,
  mail: z.custom<MailOptions>((value) => value === 'folder' || (typeof value === 'object' && value !== null)).optional(),
  secret: z.string().optional(),
  basePath: z
    .string()
    .regex(/^(\/[A-Za-z0-9._~-]+)*$/, 'must be empty, or begin with a slash and not end with one')
    .default(''),
  origins: z.array(origin).default([]),
  session: z
    .strictObject({
      client: id.default('first-party'),
      scopes: z.array(scope).default([]),
      idleLifetime: seconds(365 * day).default(14 * day),
      absoluteLifetime: seconds(3 * 365 * day).default(90 * day),
      maxSessions: z.number().int().min(1).max(1000).default(100),
      accessLifetime: seconds(3600).default(300),
      binding: binding.optional(),
    })
    .prefault({}),
  // Looked at one by one, where the message can name them (registration.ts).
  clients: z.array(z.custom<ClientOptions>((value) => typeof value === 'object')).default([]),
  services: z.array(z.custom<ServiceOptions>((value) => typeof value === 'object')).default([]),
  lease: z.number().int().min(200).max(600_000).default(5000),
  spares: z.number().int().min(0).max(4).default(2),
  limits,
  proxies: z.custom<ProxyOptions>((value) => typeof value === 'object' && value !== null).optional(),
  logger: z.custom<Logger>((value) => typeof value === 'object').optional(),
  control: z.boolean().optional(),
  world: z.custom<World>((value) => typeof value === 'object').optional(),
  serve: z.strictObject({ health: z.boolean().optional(), street: z.boolean().optional() }).optional(),
})

/** Every knob, its bounds, and what is so where nothing is said. */
export const optionsSchema: z.ZodType = options

/** The same, where the users are the application's own. */
const withOwnAccounts = options.extend({
  accounts: z.strictObject({
    authenticate: z.custom<unknown>((value) => typeof value === 'function', 'must be a function, beside find'),
    find: z.custom<unknown>((value) => typeof value === 'function', 'must be a function, beside authenticate'),
  }),
})

/** Checks the options once, at the start; stops with a sentence that says what to do (AD-6). */
export function readConfig(given: CurfewOptions): Config {
  const isOwn = typeof given.accounts === 'object' && ('find' in given.accounts || 'authenticate' in given.accounts)
  const read = (isOwn ? withOwnAccounts : options).safeParse(given)
  if (!read.success) {
    throw new CurfewError(`The configuration is not right: ${problemOf(read.error)}.`)
  }
  const { data } = read
  const { issuer, loopback } = checkedIssuer(data.issuer, data.basePath)
  // contract §6: these pages act with the browser's cookies, so what can change them on the way could, too.
  const open = data.origins.find((text) => !loopback && new URL(text).protocol !== 'https:')
  if (open !== undefined) throw new CurfewError(`The configuration is not right: origins: ${open} is not https, and the issuer is.`)
  const builtIn = 'signUp' in data.accounts ? data.accounts : { signUp: false, passwordLength: 15, mailLink: false, blocked: undefined }
  const firstParty = {
    ...readClient({
      id: data.session.client,
      name: new URL(issuer).host,
      grants: ['refresh_token'],
      scopes: [...new Set(['openid', 'profile', ...data.session.scopes])],
      consent: 'skip',
      idleLifetime: data.session.idleLifetime,
      absoluteLifetime: data.session.absoluteLifetime,
      accessLifetime: data.session.accessLifetime,
      origins: data.origins,
      maxSessions: data.session.maxSessions,
      ...(data.session.binding === undefined ? {} : { binding: data.session.binding }),
    }),
    from: 'config' as const,
  }
  const registered = data.clients.map((one) => ({ ...readClient(one), from: 'config' as const }))
  unique('clients', registered)
  unique('services', data.services)
  const clients = registered.some(({ id }) => id === firstParty.id) ? registered : [firstParty, ...registered]
  const settings: Settings = {
    issuer,
    origin: new URL(issuer).origin,
    basePath: data.basePath,
    loopback,
    audience: data.audience,
    session: {
      client: data.session.client,
      idleLifetime: data.session.idleLifetime,
      absoluteLifetime: data.session.absoluteLifetime,
      binding: clients.find(({ id }) => id === data.session.client)?.binding,
    },
    origins: data.origins,
    signUp: builtIn.signUp,
    limits: data.limits,
    proxies: checkedProxies(data.proxies),
    passwordLength: builtIn.passwordLength,
    maxAccessLifetime: Math.max(...clients.map(({ accessLifetime }) => accessLifetime)),
    street: data.serve?.street ?? false,
    spares: data.spares,
  }
  return {
    settings,
    clients,
    services: [...ownServices(settings), ...data.services.map((one) => ({ ...readService(one, settings), from: 'config' as const }))],
    leaseMs: data.lease,
    mail: readMail(data.mail, { signsIn: builtIn.mailLink, loopback, builtIn: !isOwn, database: data.database }),
    blocked: blockedOf(builtIn),
  }
}

/** The issuer and the configured audience, in the issuer's own process (contract §2). Without a secret: nobody follows as them from outside. */
function ownServices({ issuer, audience }: Settings): Service[] {
  const own = { checks: 'follow', public: true, maxRows: 200, refused: false, from: 'config' } as const
  return [
    { ...own, id: 'curfew', audience: issuer },
    { ...own, id: 'app', audience },
  ]
}

function unique(what: string, list: readonly { id: string }[]): void {
  const ids = list.map(({ id }) => id)
  const twice = ids.find((one, index) => ids.indexOf(one) !== index)
  if (twice !== undefined) throw new CurfewError(`The configuration is not right: ${what}: ${twice} is there twice.`)
}
