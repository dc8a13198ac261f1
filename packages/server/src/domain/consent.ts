import type { AuthorizationRequest } from './authorization-request.ts'
import type { Client } from './client.ts'
import type { Effect } from './effect.ts'
import type { Instant } from './instant.ts'
import type { ClientId, Subject } from './names.ts'
import { redirectHost } from './redirect-uri.ts'
import { scopesOf } from './scope.ts'

/** What a user allowed a client before: for one audience, at one place. */
export interface Allowed {
  readonly clientId: ClientId
  readonly scope: string
  readonly audience: string
  readonly redirectHost: string
}

/** Whether the user has to be asked. A new scope, another audience, another host that the answer goes to: asked again (AZ-20). */
export function needsConsent(
  request: AuthorizationRequest,
  client: Pick<Client, 'consent' | 'authentication'>,
  allowed: readonly Allowed[],
): boolean {
  if (request.prompt.includes('consent')) return true // OpenID Connect Core 1.0 §3.1.2.1
  if (client.consent === 'skip') return false
  if (isAnybodys(request, client)) return true
  const before = allowedBefore(request, allowed)
  return request.scope.some((scope) => !before.includes(scope)) || !allowed.some((one) => isSame(one, request))
}

/**
 * RFC 8252 §8.6: any program of the machine can ask in the name of a client that proves nothing, and take the answer at a loopback port or
 * by its scheme. So what was allowed before says nothing about who asks now; an https address is proof enough.
 */
function isAnybodys({ redirectUri }: AuthorizationRequest, { authentication }: Pick<Client, 'authentication'>): boolean {
  return authentication === 'none' && !redirectUri.startsWith('https:')
}

/** What is remembered when a user allows a request: what was allowed before stays allowed. */
export function rememberConsent(request: AuthorizationRequest, sub: Subject, allowed: readonly Allowed[], now: Instant): Effect {
  return {
    do: 'consent',
    sub,
    clientId: request.clientId,
    scope: [...new Set([...allowedBefore(request, allowed), ...request.scope])].join(' '),
    audience: request.audience,
    redirectHost: redirectHost(request.redirectUri),
    at: now,
  }
}

function allowedBefore(request: AuthorizationRequest, allowed: readonly Allowed[]): readonly string[] {
  return allowed.filter((one) => isSame(one, request)).flatMap((one) => scopesOf(one.scope))
}

function isSame(one: Allowed, { clientId, audience, redirectUri }: AuthorizationRequest): boolean {
  return one.clientId === clientId && one.audience === audience && one.redirectHost === redirectHost(redirectUri)
}
