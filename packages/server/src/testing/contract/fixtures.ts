import { createHash, randomBytes } from 'node:crypto'
import type { AuthorizationCode } from '../../domain/authorization-code.ts'
import type { Client } from '../../domain/client.ts'
import type { Effect, Verdict } from '../../domain/effect.ts'
import type { Grant } from '../../domain/grant.ts'
import type { Instant } from '../../domain/instant.ts'
import type { Hash } from '../../domain/names.ts'
import type { At, Position } from '../../domain/position.ts'
import type { Service } from '../../domain/service.ts'
import type { Session } from '../../domain/session.ts'
import type { User } from '../../domain/user.ts'
import type { Store, Stored } from '../../store/store.ts'

/** How many do the same thing at once, where it races. */
export const crowd = 50
export const minute = 60_000
export const hour = 3_600_000

/** 16 random bytes. */
export function newId(): string {
  return randomBytes(16).toString('base64url')
}

/** The hash of a fresh secret. */
export function newHash(): Hash {
  return createHash('sha256').update(randomBytes(32)).digest('base64url')
}

/** Does the same in a crowd. */
export function atOnce<T>(run: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: crowd }, (_, index) => run(index)))
}

/** Stores effects that need no decision. */
export function put(store: Store, ...effects: Effect[]): Promise<Verdict & Stored> {
  return store.update({ kind: 'issuer' }, () => ({ outcome: 'put', effects }))
}

/** The store's clock and head. */
export async function now(store: Store): Promise<At> {
  return (await store.begin({ kind: 'head' })).at
}

/** A registered client. */
export async function addClient(store: Store, over: Partial<Omit<Client, 'cut' | 'stale'>> = {}): Promise<Omit<Client, 'cut' | 'stale'>> {
  const client: Omit<Client, 'cut' | 'stale'> = {
    ...{ id: `client-${newId()}`, name: 'A client', authentication: 'none', redirectUris: ['https://app.example/back'] },
    ...{ postLogoutRedirectUris: [], grants: ['authorization_code', 'refresh_token'], scopes: ['openid', 'orders'], origins: [] },
    ...{ accessLifetime: 300, idleLifetime: 3600, absoluteLifetime: 86_400, refreshGrace: 10, consent: 'skip' },
    ...{ idTokenAlgorithm: 'ES256', disabled: false, from: 'cli', ...over },
  }
  await put(store, { do: 'putClient', client })
  return client
}

/** A registered service. */
export async function addService(store: Store, over: Partial<Service> = {}): Promise<Service> {
  const service: Service = {
    ...{ id: `service-${newId()}`, secret: newHash(), audience: 'https://api.example', checks: 'follow', public: true },
    ...{ maxRows: 200, refused: false, from: 'cli', ...over },
  }
  await put(store, { do: 'putService', service })
  return service
}

/** A user of the built-in accounts. */
export async function addUser(store: Store, over: Partial<User> = {}): Promise<Omit<User, 'cut' | 'stale' | 'deleted'>> {
  const sub = over.sub ?? newId()
  const user = { sub, usr: newId(), identifier: `${sub}@example`, password: 'a hash', disabled: false, createdAt: 1_000, ...over }
  await put(store, { do: 'addUser', user })
  return user
}

/** A session that is about to be opened; lives for an hour from `at`. */
export function newSession(
  user: Pick<User, 'sub' | 'usr'>,
  clientId: string,
  at: Instant,
  over: Partial<Session> = {},
): Omit<Session, 'pos'> {
  return {
    ...{ sid: newId(), sub: user.sub, usr: user.usr, clientId, authTime: at, amr: ['pwd'], createdAt: at, lastUsedAt: at },
    ...{ idleExpiresAt: at + hour, expiresAt: at + hour, ...over },
  }
}

/** A grant that is about to be opened under a session. */
export function newGrant(session: Omit<Session, 'pos'>, over: Partial<Grant> = {}): Omit<Grant, 'pos'> {
  const { sid, sub, usr, clientId, authTime, amr, createdAt, lastUsedAt, idleExpiresAt, expiresAt } = session
  return {
    ...{ gid: newId(), sid, offline: false, sub, usr, clientId, scope: 'openid orders', audience: 'https://api.example', generation: 0 },
    ...{ rotatedAt: createdAt, authTime, amr, createdAt, lastUsedAt, idleExpiresAt, expiresAt, ...over },
  }
}

/** A code that was issued under a session. */
export function newCode(session: Omit<Session, 'pos'>, pos: number, over: Partial<AuthorizationCode> = {}): AuthorizationCode {
  const { sid, sub, usr, clientId, authTime, amr, createdAt } = session
  return {
    ...{ hash: newHash(), clientId, redirectUri: 'https://app.example/back', challenge: 'c', sid, sub, usr, scope: 'openid', pos },
    ...{ audience: 'https://api.example', authTime, amr, createdAt, expiresAt: createdAt + minute, ...over },
  }
}

/** One user with one client, signed in once: session, grant, and the position at which both were born. */
export interface SignedInUser {
  readonly user: Omit<User, 'cut' | 'stale' | 'deleted'>
  readonly client: Omit<Client, 'cut' | 'stale'>
  readonly session: Omit<Session, 'pos'>
  readonly grant: Omit<Grant, 'pos'>
  readonly position: Position
}

/** Signs a user in. */
export async function signIn(
  store: Store,
  over: { user?: SignedInUser['user']; client?: SignedInUser['client']; session?: Partial<Session>; grant?: Partial<Grant> } = {},
): Promise<SignedInUser> {
  const user = over.user ?? (await addUser(store))
  const client = over.client ?? (await addClient(store))
  const { position, at } = await store.begin({ kind: 'head' })
  const session = newSession(user, client.id, at.now, over.session)
  const grant = newGrant(session, over.grant)
  await put(store, { do: 'openSession', session, position }, { do: 'openGrant', grant, position })
  return { user, client, session, grant, position }
}

/** Ends a session, if it lives by its own row. */
export function endSession(store: Store, sid: string): Promise<Verdict & Stored> {
  return store.update({ kind: 'session', sid }, (held) =>
    held && held.session.endedSeq === undefined
      ? { outcome: 'ended', effects: [{ do: 'end', what: { session: sid }, why: 'signed_out' }] }
      : { outcome: 'already' },
  )
}
