import type { AccessTokenClaims } from '@curfew/verifier/wire'
import { boundTo } from './binding.ts'
import type { Client } from './client.ts'
import type { Grant } from './grant.ts'
import { type Instant, later, type Seconds, secondsDown } from './instant.ts'
import type { TokenId } from './names.ts'
import type { At } from './position.ts'
import { scopesOf } from './scope.ts'
import type { Session } from './session.ts'
import type { Rights } from './user.ts'

/** An access token as decided; the signature comes after the commit. */
export interface Minted {
  readonly claims: AccessTokenClaims
  readonly expiresIn: Seconds
}

/** Claims that are ours: the application's own never replace them. */
const reserved = new Set(
  'iss sub usr aud client_id scope jti iat exp nbf sid gid pos seq auth_time acr amr cnf act may_act roles events nonce typ'.split(' '),
)

/**
 * The access token of a grant (RFC 9068 §2.2). `from`: head and clock from before any right was read (P5, M1); `now`: the present transaction's.
 * `pos` is the grant's (P1), `exp` never beyond what it rests on, `sid` only if it dies with the session (P3).
 */
export function accessToken(
  issuer: string,
  jti: TokenId,
  what: { grant: Grant; session: Session | undefined; client: Client; user: Rights },
  from: At,
  now: Instant = from.now,
): Minted {
  const { grant, session, client, user } = what
  const exp = secondsDown(Math.min(later(secondsDown(from.now) * 1000, client.accessLifetime), absoluteExpiry(grant, session)))
  const claims: AccessTokenClaims = {
    ...own(user.claims),
    iss: issuer,
    sub: grant.sub,
    usr: grant.usr,
    aud: grant.audience,
    client_id: grant.clientId,
    scope: allowedScope(grant.scope, client.scopes, user.scopes),
    jti,
    iat: secondsDown(from.now),
    exp,
    ...(grant.offline ? {} : { sid: grant.sid }),
    gid: grant.gid,
    pos: grant.pos,
    seq: from.head,
    // Of the sign-in that this grant was born from, or that was shown with it since: never another device's or client's (SS-1, RFC 9470).
    auth_time: secondsDown(grant.authTime),
    amr: [...grant.amr],
    ...(user.roles ? { roles: [...user.roles] } : {}),
    ...(client.binding?.requests ? { cnf: { address: boundTo(client.binding, grant.address) ?? 'unknown' } } : {}),
  }
  return { claims, expiresIn: Math.max(0, exp - secondsDown(now)) }
}

/** The token that a client gets for itself (RFC 6749 §4.4): no user, no session, no grant. `pos`: from before its secret was checked (P1). */
export function clientToken(
  issuer: string,
  jti: TokenId,
  client: Client,
  given: { audience: string; scope: string; pos: number },
  from: At,
): Minted {
  const iat = secondsDown(from.now)
  return {
    claims: {
      iss: issuer,
      sub: client.id,
      aud: given.audience,
      client_id: client.id,
      scope: given.scope,
      jti,
      iat,
      exp: iat + client.accessLifetime,
      pos: given.pos,
      seq: from.head,
    },
    expiresIn: client.accessLifetime,
  }
}

/** When a grant ends whatever is done: its own expiry, or its session's if it dies with that. */
function absoluteExpiry(grant: Grant, session: Session | undefined): Instant {
  return grant.offline || !session ? grant.expiresAt : Math.min(grant.expiresAt, session.expiresAt)
}

/** What was consented, as far as client and user may have it today (S11). */
function allowedScope(consented: string, client: readonly string[], user: readonly string[] | undefined): string {
  return scopesOf(consented)
    .filter((scope) => client.includes(scope) && (!user || isProtocolScope(scope) || user.includes(scope)))
    .join(' ')
}

/** Scopes that say how to sign in, not what a user may do. */
function isProtocolScope(scope: string): boolean {
  return scope === 'openid' || scope === 'offline_access' || scope === 'profile' || scope === 'email'
}

function own(claims: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims ?? {}).filter(([name]) => !reserved.has(name)))
}
