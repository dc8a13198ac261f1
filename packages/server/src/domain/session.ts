import type { Client } from './client.ts'
import { makingRoom } from './device-limit.ts'
import type { BornAt, Effect } from './effect.ts'
import { ending } from './ending.ts'
import type { Asked, Grant } from './grant.ts'
import { type Instant, later, type Seconds } from './instant.ts'
import type { ClientId, GrantId, Hash, SessionId, Subject, UserId } from './names.ts'
import { type At, isCut, type Marks, type Position } from './position.ts'
import type { Rights, User } from './user.ts'

/** Why something ended; for people and logs, never in the ledger (protocol.md, Entries). */
export type Reason =
  | 'signed_out'
  | 'replaced'
  | 'device_limit'
  | 'password_changed'
  | 'revoked'
  | 'replay'
  | 'code_reuse'
  | 'disabled'
  | 'deleted'
  | 'consent_withdrawn'
  | 'admin'
  | 'restored'

/** One sign-in of one user on one device. */
export interface Session {
  readonly sid: SessionId
  readonly sub: Subject
  readonly usr: UserId
  /** Born at (P1). */
  readonly pos: number
  /** The client for which it was signed in. */
  readonly clientId: ClientId
  /** SHA-256 of the browser's cookie; undefined in token mode. */
  readonly cookie?: Hash
  readonly device?: string
  readonly address?: string
  readonly authTime: Instant
  readonly amr: readonly string[]
  readonly createdAt: Instant
  readonly lastUsedAt: Instant
  readonly idleExpiresAt: Instant
  readonly expiresAt: Instant
  readonly endedSeq?: number
  readonly endedAt?: Instant
  readonly endedWhy?: Reason
}

/** What a sign-in asks for, after the password was checked. `position`: from before it was (P1). */
export interface SignIn {
  readonly position: Position
  readonly sid: SessionId
  /** With a first-party client: of the grant that it gets at once. */
  readonly gid?: GrantId | undefined
  /** For a user of the application who signs in here for the first time. */
  readonly usr: UserId
  readonly sub: Subject
  readonly cookie?: Hash | undefined
  readonly device?: string | undefined
  readonly address?: string | undefined
  readonly amr: readonly string[]
  /** What the first-party grant is for. */
  readonly audience: string
  readonly lifetimes: { readonly idle: Seconds; readonly absolute: Seconds }
  readonly asked?: Asked | undefined
  /** The password hash that was checked: it must still be the one (P4). */
  readonly checkedPassword?: string | undefined
  /** The same password, hashed as today: stored only beside that check, so that a change meanwhile is not undone (S22). */
  readonly upgrade?: string | undefined
  /** Effects of the same transaction that the birth follows (a password change): the session is born at that cut. */
  readonly after?: readonly Effect[] | undefined
}

/** What a sign-in came to. */
export type SignedInVerdict =
  | {
      readonly outcome: 'signed_in'
      readonly session: Omit<Session, 'pos'>
      readonly grant: Omit<Grant, 'pos'> | undefined
      readonly client: Client
      readonly user: Rights & { readonly usr: UserId }
      /** Head and clock from before the rights were read (P5). */
      readonly from: At
      readonly effects: readonly Effect[]
    }
  | { readonly outcome: 'unknown' | 'disabled' | 'cut' | 'changed' | 'client_unknown'; readonly effects: readonly [] }

/**
 * Opens a session and the grant of its client. Refused where a cut came between the position and now (P2), or where the password that was
 * checked is no longer the user's (P4). The oldest sessions beyond `maxSessions` end in the same transaction (SS-6).
 */
export function openSession(
  held: { user: User | undefined; sessions: readonly Session[]; client: Client | undefined; issuer: { cut: number } },
  given: SignIn,
  at: At,
): SignedInVerdict {
  const { client } = held
  if (!client || client.disabled) return { outcome: 'client_unknown', effects: [] }
  const { from, user } = given.asked ?? { from: at, user: held.user }
  if (!user || held.user?.deleted) return { outcome: 'unknown', effects: [] }
  if (user.disabled) return { outcome: 'disabled', effects: [] }
  if (given.checkedPassword !== undefined && held.user?.password !== given.checkedPassword) return { outcome: 'changed', effects: [] }
  if (isCut(given.position, { user: held.user?.cut ?? 0, client: client.cut, issuer: held.issuer.cut }))
    return { outcome: 'cut', effects: [] }

  const usr = held.user?.usr ?? given.usr
  const expiresAt = later(at.now, given.lifetimes.absolute)
  const born = { sub: given.sub, usr, clientId: client.id, authTime: at.now, amr: given.amr, createdAt: at.now, lastUsedAt: at.now }
  const session: Omit<Session, 'pos'> = {
    ...born,
    sid: given.sid,
    ...(given.cookie ? { cookie: given.cookie } : {}),
    ...(given.device ? { device: given.device } : {}),
    ...(given.address ? { address: given.address } : {}),
    idleExpiresAt: Math.min(later(at.now, given.lifetimes.idle), expiresAt),
    expiresAt,
  }
  const grant = given.gid === undefined ? undefined : firstPartyGrant(session, client, { gid: given.gid, audience: given.audience }, at.now)
  const position: BornAt = given.after ? 'thisCut' : given.position
  const effects: Effect[] = [...(given.after ?? [])]
  if (!held.user) effects.push({ do: 'addUser', user: { sub: given.sub, usr, disabled: false, createdAt: at.now } })
  effects.push(...upgraded(given))
  // A cut leaves nothing to make room for.
  if (!given.after)
    for (const { sid } of makingRoom(
      held.sessions.filter(({ clientId }) => clientId === client.id),
      client,
    ))
      effects.push(ending({ session: sid }, 'device_limit'))
  effects.push({ do: 'openSession', session, position })
  if (grant) effects.push({ do: 'openGrant', grant, position })
  return { outcome: 'signed_in', session, grant, client, user: { ...user, usr }, from, effects }
}

/** S22: what a sign-in leaves of a hash that another system made. Only where the hash that was checked is still the user's. */
export function upgraded({ sub, checkedPassword, upgrade }: Pick<SignIn, 'sub' | 'checkedPassword' | 'upgrade'>): readonly Effect[] {
  return checkedPassword === undefined || upgrade === undefined ? [] : [{ do: 'changeUser', sub, to: { password: upgrade } }]
}

/** What the first-party client has under a session: all its scopes, dying with the session. */
export function firstPartyGrant(
  session: Omit<Session, 'pos'>,
  client: Client,
  given: { readonly gid: GrantId; readonly audience: string },
  now: Instant,
): Omit<Grant, 'pos'> {
  const expiresAt = later(now, client.absoluteLifetime)
  return {
    gid: given.gid,
    sid: session.sid,
    offline: false,
    sub: session.sub,
    usr: session.usr,
    clientId: client.id,
    scope: client.scopes.filter((scope) => scope !== 'offline_access').join(' '),
    audience: given.audience,
    ...(session.address === undefined ? {} : { address: session.address }),
    generation: 0,
    rotatedAt: now,
    authTime: session.authTime,
    amr: session.amr,
    createdAt: now,
    lastUsedAt: now,
    idleExpiresAt: Math.min(later(now, client.idleLifetime), expiresAt),
    expiresAt,
  }
}

/** Whether a session may be used now: it did not end, no cut covers it (P2), it did not expire. */
export function isLive(session: Session, cuts: Pick<Marks, 'user' | 'issuer'>, now: Instant): boolean {
  return session.endedSeq === undefined && !isCut(session.pos, cuts) && now < Math.min(session.idleExpiresAt, session.expiresAt)
}

/** Whether what the first-party client had under a session is over, by its name or by a cut of the client: it gets nothing there any more (P2). */
export function isSpent({ session, grant, client }: { session: Session; grant: Grant | undefined; client: Client }): boolean {
  return grant?.endedSeq !== undefined || isCut((grant ?? session).pos, { client: client.cut })
}

/** Sliding renewal. Written only where it moves by more than 1 % of the idle time, so that a refresh does not cost two rows (spike §8.6). */
export function touched(session: Session, now: Instant): readonly Effect[] {
  const idle = session.idleExpiresAt - session.lastUsedAt
  const idleExpiresAt = Math.min(now + idle, session.expiresAt)
  if (now - session.lastUsedAt <= idle / 100) return []
  return [{ do: 'touchSession', sid: session.sid, lastUsedAt: now, idleExpiresAt }]
}
