import { randomBytes } from 'node:crypto'
import type { CurfewOptions } from 'curfew'
import { webRedirect } from './web.ts'

const names = ['orders', 'billing', 'inbox', 'search', 'profile', 'mail', 'files', 'maps', 'quotes', 'stock', 'routes', 'reports']

/** The audience of all services. */
export const audience = 'https://api.example'
/** The client of people who sign in themselves. */
export const firstParty = 'first-party'

/** A client or a service of the cast, and its secret. */
export interface Registered {
  readonly id: string
  readonly secret: string
}

/** How the issuer is configured, and what the cast knows of it. */
export interface CastOptions {
  readonly options: CurfewOptions
  readonly operator: Registered
  readonly services: readonly { readonly id: string; readonly key: string }[]
}

/** The issuer of the proof: two clients, an operator, so many services. */
export function castOptions(given: {
  readonly url: string
  readonly secret: string
  readonly database: string
  readonly lease: number
  readonly services: number
  readonly maxSessions: number
  readonly grace: number
  readonly accessLifetime: number
}): CastOptions {
  const { url, secret, database, lease, maxSessions, grace, accessLifetime } = given
  const operator = { id: 'operator', secret: randomBytes(32).toString('base64url') }
  const services = Array.from({ length: given.services }, (_, index) => {
    const id = names[index] ?? `service-${index}`
    return { id, key: `cfk_${id}_${randomBytes(32).toString('base64url')}` }
  })
  const web = {
    ...{ id: 'web', redirectUris: [webRedirect], postLogoutRedirectUris: [webRedirect], grants: ['authorization_code' as const] },
    ...{ consent: 'skip' as const, accessLifetime },
  }
  const first = {
    ...{ id: firstParty, grants: ['refresh_token' as const], scopes: ['openid', 'profile'], consent: 'skip' as const },
    ...{ refreshGrace: grace, maxSessions, accessLifetime },
  }
  return {
    operator,
    services,
    options: {
      ...{ issuer: url, audience, database, secret, lease },
      session: { client: firstParty },
      clients: [first, web, { ...operator, grants: ['client_credentials'], scopes: ['curfew:end'], audience: url }],
      services: services.map(({ id, key }) => ({ id, key, public: true })),
      accounts: { signUp: true, passwordLength: 8 },
      // Everybody signs in from one address, as fast as they can.
      limits: false,
    },
  }
}
