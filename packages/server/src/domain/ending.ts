import type { Cuttable, Effect, Endable } from './effect.ts'
import type { Grant } from './grant.ts'
import type { Instant } from './instant.ts'
import type { ClientId, GrantId, SessionId, Subject, UserId } from './names.ts'
import { type At, isCut, type Marks } from './position.ts'
import type { Reason, Session } from './session.ts'
import type { User } from './user.ts'

/** What ending something came to. `seq`: the number of the entry that had ended it before (S3). */
export type EndVerdict =
  | { readonly outcome: 'ended'; readonly count: number; readonly kept: readonly Grant[]; readonly effects: readonly Effect[] }
  | { readonly outcome: 'already'; readonly seq: number; readonly kept: readonly Grant[]; readonly effects: readonly Effect[] }
  | { readonly outcome: 'unknown'; readonly seq: number; readonly effects: readonly Effect[] }

/** The only makers of `end`, `cut` and `stale`: what ends anything goes through here. */
export function ending(what: Endable, why: Reason): Effect {
  return { do: 'end', what, why }
}

/** P4: one entry that ends all that a user, a client, or everybody has. */
export function cutting(what: Cuttable, why: Reason): Effect {
  return { do: 'cut', what, why }
}

/** P6: tokens minted before are refused; sessions and grants live on. */
export function staling(what: Cuttable): Effect {
  return { do: 'stale', what }
}

/** The number that ended a session, by name or by a cut (P2); undefined while it lives. Expiry ends nothing: it needs no entry. */
export function sessionEndedBy(session: Session, cuts: Pick<Marks, 'user' | 'issuer'>): number | undefined {
  if (session.endedSeq !== undefined) return session.endedSeq
  return isCut(session.pos, cuts) ? Math.max(cuts.user, cuts.issuer) : undefined
}

/** The number that ended a grant: by its own name, by its session's unless it is offline, or by a cut (P2). */
export function grantEndedBy(grant: Grant, session: Session | undefined, cuts: Marks): number | undefined {
  if (grant.endedSeq !== undefined) return grant.endedSeq
  if (!grant.offline && session?.endedSeq !== undefined) return session.endedSeq
  return isCut(grant.pos, cuts) ? Math.max(cuts.user, cuts.client, cuts.issuer) : undefined
}

/** Ends one session. Twice is answered by the first number (S3); no row, by the present head. */
export function endSession(
  held: { session: Session; user: User; offline: readonly Grant[]; issuer: { cut: number } } | undefined,
  why: Reason,
  at: At,
): EndVerdict {
  if (!held) return { outcome: 'unknown', seq: at.head, effects: [] }
  const before = sessionEndedBy(held.session, { user: held.user.cut, issuer: held.issuer.cut })
  if (before !== undefined) return { outcome: 'already', seq: before, kept: held.offline, effects: [] }
  return { outcome: 'ended', count: 1, kept: held.offline, effects: [ending({ session: held.session.sid }, why)] }
}

/** Ends one grant: an offline device, or what a client has under a session (RFC 7009 §2.1). */
export function endGrant(
  held: { grant: Grant; session: Session | undefined; user: User; client: { cut: number }; issuer: { cut: number } } | undefined,
  why: Reason,
  at: At,
): EndVerdict {
  if (!held) return { outcome: 'unknown', seq: at.head, effects: [] }
  const before = grantEndedBy(held.grant, held.session, { user: held.user.cut, client: held.client.cut, issuer: held.issuer.cut })
  if (before !== undefined) return { outcome: 'already', seq: before, kept: [], effects: [] }
  return { outcome: 'ended', count: 1, kept: [], effects: [ending({ grant: held.grant.gid }, why)] }
}

/** Ends one access token by its `jti`. One that is over by expiry needs no entry. */
export function endToken(held: { endedSeq: number | undefined }, what: { token: string; expiresAt: Instant }, why: Reason): EndVerdict {
  if (held.endedSeq !== undefined) return { outcome: 'already', seq: held.endedSeq, kept: [], effects: [] }
  return { outcome: 'ended', count: 1, kept: [], effects: [ending(what, why)] }
}

/** A user of the application's own who never signed in here, and so has no row yet. */
export interface Unmet {
  readonly sub: Subject
  readonly usr: UserId
}

/** P2: their first sign-in may be under way, with a password or rights from before: without a row there is nothing that would hold it. */
export function meeting({ sub, usr }: Unmet, { now }: At): Effect {
  return { do: 'addUser', user: { sub, usr, disabled: false, createdAt: now } }
}

/** Ends all that a user has: one cut, whatever the number of devices. */
export function endUser(
  held: { user: User | undefined; sessions: readonly Session[]; offline: readonly Grant[] },
  why: Reason,
  at: At,
  unmet?: Unmet,
): EndVerdict {
  const { user, sessions, offline } = held
  if (!user) {
    if (!unmet) return { outcome: 'unknown', seq: at.head, effects: [] }
    return { outcome: 'ended', count: 0, kept: [], effects: [meeting(unmet, at), cutting({ user: unmet.sub, usr: unmet.usr }, why)] }
  }
  return { outcome: 'ended', count: sessions.length + offline.length, kept: [], effects: [cutting({ user: user.sub, usr: user.usr }, why)] }
}

/** Ends every device of a user but one: one entry each, never a cut, which would end this one too (contract §5). */
export function endOthers(
  held: { user: User | undefined; sessions: readonly Session[]; offline: readonly Grant[] },
  except: SessionId | GrantId,
  why: Reason,
  at: At,
): EndVerdict {
  const sessions = held.sessions.filter((session) => session.sid !== except)
  const offline = held.offline.filter((grant) => grant.gid !== except) // an offline grant is a device of its own (contract §3)
  const effects = [...sessions.map(({ sid }) => ending({ session: sid }, why)), ...offline.map(({ gid }) => ending({ grant: gid }, why))]
  if (effects.length === 0) return { outcome: 'already', seq: at.head, kept: [], effects: [] }
  return { outcome: 'ended', count: effects.length, kept: [], effects }
}

/**
 * A user takes back what they allowed a client (RF-5): it is forgotten, and all that the client got by it ends, one entry each. Codes that it has
 * not redeemed yet are refused from then on (redeemCode).
 */
export function withdrawConsent(
  held: { user: User | undefined; granted: readonly Grant[] },
  clientId: ClientId,
  why: Reason,
  at: At,
): EndVerdict {
  const { user, granted } = held
  if (!user) return { outcome: 'unknown', seq: at.head, effects: [] }
  const forget: Effect = { do: 'withdraw', sub: user.sub, clientId }
  if (granted.length === 0) return { outcome: 'already', seq: at.head, kept: [], effects: [forget] }
  const effects = [forget, ...granted.map(({ gid }) => ending({ grant: gid }, why))]
  return { outcome: 'ended', count: granted.length, kept: [], effects }
}
