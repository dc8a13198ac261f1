import type { AccessTokenClaims } from '@curfew/verifier/wire'
import type { Client } from '../domain/client.ts'
import type { Grant } from '../domain/grant.ts'
import { secondsDown } from '../domain/instant.ts'
import type { Service } from '../domain/service.ts'
import { type Inspected, inspectToken } from './inspect-token.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'signer' | 'refreshTokens' | 'settings'>

/** Who asks about a token. */
export type Introspecting = { readonly service: Service } | { readonly client: Client }

/** What the answer says. RFC 7662 §2.2. */
export type Introspection = { readonly active: false } | ({ readonly active: true } & Readonly<Record<string, unknown>>)

/**
 * Says whether a token is good at this moment: asked of the database each time, no copy and no cache (M2, IN-3). A service sees the tokens
 * that are for it, a client its own; about every other one nobody learns more than about garbage (RFC 7662 §4, IN-2).
 */
export async function introspect(token: string, caller: Introspecting, needs: Needs): Promise<Introspection> {
  const found = await inspectToken(token, needs)
  if (!found.active || !mayKnow(found, caller)) return { active: false }
  if (found.sort === 'access') return { active: true, ...described(found.claims), token_type: 'Bearer' }
  return found.grant ? { active: true, ...ofGrant(found.grant), iss: needs.settings.issuer } : { active: false }
}

function mayKnow(found: Inspected, caller: Introspecting): boolean {
  if (found.sort === 'unknown') return false
  if ('service' in caller) return found.sort === 'access' && found.claims.aud === caller.service.audience
  return (found.sort === 'access' ? found.claims.client_id : found.grant?.clientId) === caller.client.id
}

function described(claims: AccessTokenClaims): Record<string, unknown> {
  return { ...claims, active: true }
}

function ofGrant({ sub, clientId, scope, audience, expiresAt, createdAt, authTime }: Grant): Record<string, unknown> {
  const times = { exp: secondsDown(expiresAt), iat: secondsDown(createdAt), auth_time: secondsDown(authTime) }
  return { sub, client_id: clientId, scope, aud: audience, ...times }
}
