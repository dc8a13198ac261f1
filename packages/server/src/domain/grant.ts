import { accessToken, type Minted } from './access-token.ts'
import { fits } from './binding.ts'
import type { Client } from './client.ts'
import type { Effect } from './effect.ts'
import { ending } from './ending.ts'
import { type Instant, later } from './instant.ts'
import type { ClientId, GrantId, SessionId, Subject, TokenId, UserId } from './names.ts'
import { type At, isCut } from './position.ts'
import { scopesOf } from './scope.ts'
import { type Reason, type Session, touched } from './session.ts'
import type { Rights, User } from './user.ts'

/** What one client got under a session, or for itself while the user is away (`offline_access`). */
export interface Grant {
  readonly gid: GrantId
  /** The session under which it was given. */
  readonly sid: SessionId
  /** It outlives its session: `offline_access`. Its tokens carry no `sid` (P3). */
  readonly offline: boolean
  readonly sub: Subject
  readonly usr: UserId
  readonly clientId: ClientId
  /** What was consented, space-separated; rights are read at each mint (P5). */
  readonly scope: string
  readonly audience: string
  /** Born at (P1): the claim `pos` of each of its tokens. */
  readonly pos: number
  /** Of the refresh token; 0 for the first. */
  readonly generation: number
  readonly rotatedAt: Instant
  readonly authTime: Instant
  readonly amr: readonly string[]
  readonly device?: string
  /** Where it was given; binding holds a refresh against it. */
  readonly address?: string
  readonly createdAt: Instant
  readonly lastUsedAt: Instant
  readonly idleExpiresAt: Instant
  readonly expiresAt: Instant
  readonly endedSeq?: number
  readonly endedAt?: Instant
  readonly endedWhy?: Reason
}

/** What was presented to get a successor, and by whom. */
export interface Presented {
  readonly generation: number
  readonly clientId: ClientId
  readonly issuer: string
  readonly jti: TokenId
  /** Rights from a source of their own, with head and clock from before it was asked (P5); undefined: the load has them. */
  readonly asked?: Asked | undefined
  /** RFC 6749 §6, RFC 8707 §2.2: what this one access token is wanted for; less than what was granted, never more (TK-10). */
  readonly scope?: readonly string[] | undefined
  readonly resource?: string | undefined
  /** Where it comes from. */
  readonly address?: string | undefined
  /** Audiences that a service has now: no token is made for any other (protocol.md, Services). */
  readonly served?: readonly string[] | undefined
}

/** The application's answer for a user, and when it was asked for. `user` undefined: gone. */
export interface Asked {
  readonly from: At
  readonly user: Rights | undefined
}

/** What presenting a refresh token came to. The precise outcome is for the log. */
export type Rotation =
  | {
      readonly outcome: 'rotated' | 'repeated'
      readonly generation: number
      readonly minted: Minted
      readonly grant: Grant
      /** It came from another address, and the client's binding only has that recorded. */
      readonly isElsewhere?: true
      readonly effects: readonly Effect[]
    }
  | { readonly outcome: 'replayed'; readonly effects: readonly Effect[] }
  | { readonly outcome: 'too_wide' | 'wrong_target'; readonly effects: readonly [] }
  | { readonly outcome: 'disabled'; readonly sub: Subject; readonly effects: readonly [] }
  /** Binding: nothing ends by it, it is good from where it was given, or after a fresh sign-in. */
  | { readonly outcome: 'elsewhere'; readonly asks: 'refuse' | 'sign_in'; readonly effects: readonly [] }
  | {
      readonly outcome:
        | 'unknown'
        | 'wrong_client'
        | 'client_disabled'
        | 'ended'
        | 'cut'
        | 'expired'
        | 'audience_gone'
        | 'never_issued'
        | 'superseded'
      readonly why?: Reason | undefined
      readonly effects: readonly []
    }

/**
 * Decides what presenting generation `generation` of a grant's refresh token does. RFC 9700 §4.14.2; protocol P2, P5, M1, M2; contract §3.
 */
export function rotate(
  held: { grant: Grant; session: Session | undefined; user: User; client: Client; issuer: { cut: number } } | undefined,
  presented: Presented,
  at: At,
): Rotation {
  if (!held) return refused('unknown')
  const { grant, session, client } = held
  if (grant.clientId !== presented.clientId) return refused('wrong_client') // RFC 6749 §6
  if (client.disabled) return refused('client_disabled')
  if (grant.endedSeq !== undefined) return refused('ended', grant.endedWhy) // M2
  if (!grant.offline && (!session || session.endedSeq !== undefined)) return refused('ended', session?.endedWhy)
  // A client that may have it no more keeps nothing that outlives a session (contract §2).
  if (grant.offline && !client.scopes.includes('offline_access')) return refused('ended', 'consent_withdrawn')
  // P2: cuts of user, client, issuer; not `stale`, which ends no grant (P6).
  if (isCut(grant.pos, { user: held.user.cut, client: client.cut, issuer: held.issuer.cut })) return refused('cut')
  if (at.now >= grantExpiry(grant, session)) return refused('expired')
  if (presented.served?.includes(grant.audience) === false) return refused('audience_gone')

  // A lost answer or a second tab: the same successor again, never a fork.
  if (presented.generation > grant.generation) return refused('never_issued')
  const isWithinGrace = at.now < later(grant.rotatedAt, client.refreshGrace)
  const isRetry = presented.generation === grant.generation - 1 && isWithinGrace
  if (presented.generation !== grant.generation && !isRetry) {
    return isWithinGrace ? refused('superseded') : { outcome: 'replayed', effects: [ending({ grant: grant.gid }, 'replay')] }
  }

  if (presented.resource !== undefined && presented.resource !== grant.audience) return { outcome: 'wrong_target', effects: [] }
  const granted = scopesOf(grant.scope)
  const scope = presented.scope ?? granted
  if (!scope.every((one) => granted.includes(one))) return { outcome: 'too_wide', effects: [] }

  // After the replay: who shows an old token from elsewhere ends the grant all the same.
  const fit = fits(client.binding, grant.address, presented.address)
  if (fit === 'refuse' || fit === 'sign_in') return { outcome: 'elsewhere', asks: fit, effects: [] }
  const recorded = fit === 'record' ? ({ isElsewhere: true } as const) : {}

  const { from, user } = presented.asked ?? { from: at, user: held.user } // P5: head and clock from before the rights were read
  if (!user || user.disabled) return { outcome: 'disabled', sub: grant.sub, effects: [] }
  const minted = accessToken(
    presented.issuer,
    presented.jti,
    { grant: { ...grant, scope: scope.join(' ') }, session, client, user },
    from,
    at.now,
  )
  if (isRetry) return { outcome: 'repeated', minted, grant, ...recorded, generation: grant.generation, effects: [] }

  const generation = grant.generation + 1
  const idleExpiresAt = Math.min(later(at.now, client.idleLifetime), grant.expiresAt)
  const effects: Effect[] = [{ do: 'rotate', gid: grant.gid, generation, at: at.now, idleExpiresAt }]
  if (!grant.offline && session) effects.push(...touched(session, at.now))
  return { outcome: 'rotated', minted, grant, ...recorded, generation, effects }
}

/** When a grant ends by itself: idle or absolute, or with its session. */
export function grantExpiry(grant: Grant, session: Session | undefined): Instant {
  const own = Math.min(grant.idleExpiresAt, grant.expiresAt)
  return grant.offline || !session ? own : Math.min(own, session.idleExpiresAt, session.expiresAt)
}

function refused(
  outcome: Exclude<Rotation['outcome'], 'rotated' | 'repeated' | 'replayed' | 'disabled' | 'elsewhere' | 'too_wide' | 'wrong_target'>,
  why?: Reason,
): Rotation {
  return { outcome, why, effects: [] }
}
