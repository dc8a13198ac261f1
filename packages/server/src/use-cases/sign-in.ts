import type { AccessTokenClaims } from '@curfew/verifier/wire'
import { accessToken } from '../domain/access-token.ts'
import type { Client } from '../domain/client.ts'
import type { Effect } from '../domain/effect.ts'
import type { Asked, Grant } from '../domain/grant.ts'
import type { Seconds } from '../domain/instant.ts'
import type { ClientId, Subject } from '../domain/names.ts'
import { isPlausible, normaliseIdentifier } from '../domain/password-policy.ts'
import { type At, isCut, type Position } from '../domain/position.ts'
import { isLive, isSpent, openSession, type Session, type SignedInVerdict, upgraded } from '../domain/session.ts'
import type { Rights, User } from '../domain/user.ts'
import { messageOf, OAuthError } from '../errors.ts'
import type { Load, Stored } from '../store/store.ts'
import { askRightsOf } from './ask-rights.ts'
import { end } from './end.ts'
import { hashSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'
import { randomId, randomSecret } from './random-id.ts'

type Needs = Pick<Services, 'store' | 'accounts' | 'passwords' | 'settings' | 'signer' | 'refreshTokens' | 'confirmation' | 'world' | 'log'>

export interface SignInWith {
  readonly identifier: string
  readonly password: string
  readonly device?: string | undefined
  readonly address?: string | undefined
  /** Make a browser's cookie, and no refresh token. */
  readonly cookie: boolean
  /** The value of the session cookie that the browser has now. */
  readonly replaces?: string | undefined
  /** Carried from an authorization request that began before (P1). */
  readonly position?: Position | undefined
  /** The client for which somebody signs in at the pages; the first-party client otherwise. */
  readonly clientId?: ClientId | undefined
}

/** Somebody is signed in. `access` only for the first-party client, `refreshToken` only without a cookie. */
export interface SignedIn {
  readonly user: Rights
  readonly session: Session
  readonly grant?: Grant
  /** The value of the new session cookie. */
  readonly cookie?: string
  readonly access?: { readonly token: string; readonly expiresIn: Seconds; readonly claims: AccessTokenClaims }
  readonly refreshToken?: string
}

/** Signs somebody in with a name and a password. One refusal for an unknown name, a wrong password and a disabled account (LG-1). */
export async function signIn(given: SignInWith, needs: Needs): Promise<SignedIn> {
  const proven = await prove(given, needs)
  if (!proven) throw new OAuthError('invalid_credentials', 'mismatch', mismatch)

  const before = await browserSession(given.replaces, needs)
  if (before && before.sub === proven.sub && given.cookie) {
    const again = await reauthenticate(before, proven, needs)
    if (again) return again
  } else if (before) {
    await replace(before, needs)
  }
  return birth(proven, given, needs)
}

/** Another user in the same browser: first the old session ends, then the new one begins (contract §3). */
export async function replace({ sid }: Session, needs: Needs): Promise<void> {
  await end({ session: sid }, { why: 'replaced', wait: 0 }, needs)
}

/** A password was right, or an account was just made: what a birth may rest on. */
export interface Proven {
  readonly sub: Subject
  readonly position: Position
  readonly checkedPassword?: string | undefined
  /** The same password, hashed as today. */
  readonly upgrade?: string | undefined
  readonly asked?: Asked | undefined
}

const mismatch = { description: 'The name or the password is wrong.' }

/** P1: the position is read before the password is checked. The same work is done for a name that nobody has (LG-1). */
async function prove(given: SignInWith, needs: Needs): Promise<Proven | undefined> {
  const { accounts, passwords, store } = needs
  const identifier = normaliseIdentifier(given.identifier)
  if (accounts.builtIn) {
    const { rows: user, position } = await store.begin({ kind: 'identifier', identifier: identifier ?? '' })
    const isRight = await passwords.check(isPlausible(given.password) ? given.password : '', user?.password)
    if (!identifier || !user || !isRight || user.disabled) return undefined
    const checked = { sub: user.sub, position: given.position ?? position, checkedPassword: user.password }
    const upgrade = user.password === undefined ? undefined : await renewedHash(given.password, user.password, needs)
    return upgrade === undefined ? checked : { ...checked, upgrade }
  }
  const { position } = await store.begin({ kind: 'head' })
  if (!identifier || !isPlausible(given.password)) return undefined
  const who = await authenticate(given, needs)
  if (!who) return undefined
  const asked = await askRightsOf(who.sub, needs)
  return asked?.user && !asked.user.disabled ? { sub: who.sub, position: given.position ?? position, asked } : undefined
}

/** S22: a hash of another system becomes one of today's while the password is at hand. Whoever signs in does not wait in a queue for that. */
async function renewedHash(password: string, stored: string, { passwords }: Needs): Promise<string | undefined> {
  try {
    return await passwords.renewed(password, stored)
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'too_many_requests') return undefined
    throw error
  }
}

async function authenticate(given: SignInWith, { accounts, log }: Needs): Promise<{ sub: Subject } | undefined> {
  if (accounts.builtIn) return undefined
  try {
    return await accounts.authenticate({ identifier: given.identifier, password: given.password, address: given.address })
  } catch (error) {
    log.error({ event: 'accounts.authenticate_failed', problem: messageOf(error) }, 'accounts.authenticate failed')
    throw new OAuthError('temporarily_unavailable', 'authenticate_failed', {
      description: 'Signing in does not work right now. Try again.',
      headers: { 'retry-after': '2' },
    })
  }
}

/** The live session that a browser has now. */
export async function browserSession(cookie: string | undefined, { store }: Pick<Needs, 'store'>): Promise<Session | undefined> {
  if (cookie === undefined) return undefined
  const { rows, at } = await store.begin({ kind: 'browser', cookie: hashSecret(cookie) })
  return rows && isLive(rows.session, { user: rows.user.cut, issuer: rows.issuer.cut }, at.now) ? rows.session : undefined
}

/** Opens the session and answers with what the device needs. Used by sign-in, sign-up and (with `after`) a password change. */
export async function birth(
  proven: Proven,
  given: Pick<SignInWith, 'device' | 'address' | 'cookie' | 'clientId'>,
  needs: Needs,
): Promise<SignedIn> {
  const prepared = prepareBirth(proven, given, needs)
  const verdict = await needs.store.update<{ kind: 'user'; sub: string; clientId: string }, SignedInVerdict>(
    { kind: 'user', sub: proven.sub, clientId: prepared.clientId },
    (held, at) => openSession(held, prepared.signIn, at),
  )
  if (verdict.outcome !== 'signed_in') throw new OAuthError('invalid_credentials', verdict.outcome, mismatch)
  return signedIn(verdict, proven.position, prepared.cookie, needs)
}

/** The random values of a birth, made before the transaction: `decide` may run twice and must say the same. */
export function prepareBirth(
  proven: Proven,
  given: Pick<SignInWith, 'device' | 'address' | 'cookie' | 'clientId'>,
  { settings, world }: Pick<Needs, 'settings' | 'world'>,
): { clientId: ClientId; cookie: string | undefined; signIn: Parameters<typeof openSession>[1] } {
  const cookie = given.cookie ? randomSecret(world) : undefined
  const clientId = given.clientId ?? settings.session.client
  return {
    clientId,
    cookie,
    signIn: {
      position: proven.position,
      sid: randomId(world),
      gid: clientId === settings.session.client ? randomId(world) : undefined,
      usr: randomId(world),
      sub: proven.sub,
      cookie: cookie && hashSecret(cookie),
      device: given.device,
      address: given.address,
      amr: ['pwd'],
      audience: settings.audience,
      lifetimes: { idle: settings.session.idleLifetime, absolute: settings.session.absoluteLifetime },
      asked: proven.asked,
      checkedPassword: proven.checkedPassword,
      upgrade: proven.upgrade,
    },
  }
}

/** After the commit: signs for the session and grant as they were born. */
export function signedIn(
  verdict: Extract<SignedInVerdict, { outcome: 'signed_in' }> & Stored,
  pos: number,
  cookie: string | undefined,
  { settings, signer, refreshTokens, world }: Pick<Needs, 'settings' | 'signer' | 'refreshTokens' | 'world'>,
): SignedIn {
  const { user, client, from } = verdict
  const session: Session = { ...verdict.session, pos }
  const base = { user, session, ...(cookie === undefined ? {} : { cookie }) }
  if (!verdict.grant) return base
  const grant: Grant = { ...verdict.grant, pos }
  return {
    ...base,
    grant,
    access: mintAccess({ grant, session, client, user, from, now: verdict.committedAt }, { settings, signer, world }),
    ...refresh(),
  }

  function refresh(): { refreshToken?: string } {
    const has = cookie === undefined && client.grants.includes('refresh_token')
    return has ? { refreshToken: refreshTokens.make(grant.gid, grant.generation) } : {}
  }
}

/** Decides and signs one access token. */
export function mintAccess(
  what: { grant: Grant; session: Session | undefined; client: Client; user: Rights; from: At; now: number },
  { settings, signer, world }: Pick<Needs, 'settings' | 'signer' | 'world'>,
): { token: string; expiresIn: Seconds; claims: AccessTokenClaims } {
  const { claims, expiresIn } = accessToken(settings.issuer, randomId(world), what, what.from, what.now)
  return { token: signer.accessToken(claims), expiresIn, claims }
}

type Again =
  | { readonly outcome: 'again'; readonly session: Session; readonly user: User; readonly effects: readonly Effect[] }
  | { readonly outcome: 'not_live' | 'spent'; readonly effects: readonly [] }

/** The same user in the same browser: `sid` stays, the cookie's value and `auth_time` change (contract §3, AZ-12, AZ-19). */
async function reauthenticate(before: Session, proven: Proven, needs: Needs): Promise<SignedIn | undefined> {
  const { sid } = before
  const cookie = randomSecret(needs.world)
  const { settings } = needs
  const load = { kind: 'browser', cookie: before.cookie ?? '', clientId: settings.session.client, audience: settings.audience } as const
  const verdict = await needs.store.update<Extract<Load, { kind: 'browser' }>, Again>(load, (held, at) => {
    if (!held?.client) return { outcome: 'not_live', effects: [] }
    const cuts = { user: held.user.cut, issuer: held.issuer.cut }
    const isSame = proven.checkedPassword === undefined || held.user.password === proven.checkedPassword
    if (!isLive(held.session, cuts, at.now) || isCut(proven.position, cuts) || held.user.disabled || !isSame)
      return { outcome: 'not_live', effects: [] }
    if (isSpent({ ...held, client: held.client })) return { outcome: 'spent', effects: [] }
    const hash = hashSecret(cookie)
    const session: Session = { ...held.session, cookie: hash, authTime: at.now, amr: ['pwd'], lastUsedAt: at.now }
    return {
      outcome: 'again',
      session,
      user: held.user,
      effects: [{ do: 'reauthenticate', sid, cookie: hash, authTime: at.now, amr: ['pwd'] }, ...upgraded(proven)],
    }
  })
  // Nothing could be renewed in it: whoever signs in means to begin anew, and would be sent to sign in again and again.
  if (verdict.outcome === 'spent') await replace(before, needs)
  return verdict.outcome === 'again' ? { user: verdict.user, session: verdict.session, cookie } : undefined
}
