import type { Client } from './client.ts'
import type { Effect } from './effect.ts'
import type { Asked, Grant } from './grant.ts'
import type { Hash } from './names.ts'
import { type At, isCut, type Position } from './position.ts'
import { isLive, isSpent, type Session, upgraded } from './session.ts'
import type { Rights, User } from './user.ts'

/** Somebody who is signed in has shown again that it is them. `position`: from before the password was checked (P1). */
export interface Shown {
  readonly position: Position
  readonly sub: string
  readonly checkedPassword?: string | undefined
  readonly upgrade?: string | undefined
  readonly asked?: Asked | undefined
  /** The next value of a browser's cookie; a device with tokens keeps its refresh token. */
  readonly cookie?: Hash | undefined
  readonly address?: string | undefined
  /** Effects of the try that was a good one. */
  readonly forgiven: readonly Effect[]
}

/** What came of it. */
export type Reauthentication =
  | {
      readonly outcome: 'again'
      readonly session: Session
      /** What the device has for the first-party client, if it has anything yet. */
      readonly grant: Grant | undefined
      readonly client: Client
      readonly user: Rights
      readonly from: At
      readonly effects: readonly Effect[]
    }
  | { readonly outcome: 'not_live' | 'spent'; readonly effects: readonly [] }

/**
 * The same user on the same device: `sid` stays, a cookie's value and `auth_time` change (contract §3, AZ-12, AZ-19, SS-1). Only what this
 * device holds gets the new `auth_time`: another client's grant under the session keeps that of the sign-in it was born from (RFC 9470), so
 * that whoever stole its refresh token gains nothing by it.
 */
export function reauthenticate(
  held:
    | {
        readonly session: Session | undefined
        readonly grant: Grant | undefined
        readonly user: User
        readonly client: Client | undefined
        readonly issuer: { readonly cut: number }
      }
    | undefined,
  shown: Shown,
  at: At,
): Reauthentication {
  if (!held?.client || !held.session) return { outcome: 'not_live', effects: [] }
  const { client, user: owner } = held
  const cuts = { user: owner.cut, issuer: held.issuer.cut }
  const isSame = shown.checkedPassword === undefined || owner.password === shown.checkedPassword
  if (!isLive(held.session, cuts, at.now) || isCut(shown.position, cuts) || owner.disabled || owner.deleted || !isSame)
    return { outcome: 'not_live', effects: [] }
  if (isSpent({ session: held.session, grant: held.grant, client })) return { outcome: 'spent', effects: [] }
  const { from, user } = shown.asked ?? { from: at, user: owner } // P5
  if (!user || user.disabled || client.disabled) return { outcome: 'not_live', effects: [] }

  const now = { authTime: at.now, amr: ['pwd'], ...(shown.address === undefined ? {} : { address: shown.address }) }
  const cookie = shown.cookie === undefined ? {} : { cookie: shown.cookie }
  const session: Session = { ...held.session, ...cookie, ...now, lastUsedAt: at.now }
  const grant = held.grant && { ...held.grant, ...now }
  const effects: Effect[] = [...upgraded(shown), ...shown.forgiven]
  // A browser's session is fresh for whoever has its next cookie, not for whoever still has this one.
  const isSession = shown.cookie !== undefined || held.session.cookie === undefined
  if (isSession) effects.push({ do: 'reauthenticate', sid: session.sid, ...cookie, ...now })
  if (grant) effects.push({ do: 'reauthenticateGrant', gid: grant.gid, ...now })
  return { outcome: 'again', session: isSession ? session : held.session, grant, client, user, from, effects }
}
