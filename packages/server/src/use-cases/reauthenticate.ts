import type { Grant } from '../domain/grant.ts'
import { reauthenticate as decide, type Reauthentication } from '../domain/reauthentication.ts'
import type { Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'
import { OAuthError } from '../errors.ts'
import type { Load } from '../store/store.ts'
import { replace } from './browser-session.ts'
import { untilGrid } from './grid.ts'
import { hashSecret } from './hash-secret.ts'
import type { Forgiven } from './limiter.ts'
import type { Services } from './needs.ts'
import { type Proven, prove } from './prove.ts'
import { randomSecret } from './random-id.ts'
import { sessionEnded } from './refresh-session.ts'
import { mintAccess, type SignedIn } from './signed-in.ts'

type Needs = Pick<
  Services,
  'store' | 'accounts' | 'passwords' | 'settings' | 'signer' | 'refreshTokens' | 'limiter' | 'confirmation' | 'world' | 'log'
>

/** The same user signs in again in the same browser. Undefined: nothing goes on there, and a new session is to begin. */
export async function reauthenticateBrowser(
  before: Session,
  proven: Proven,
  given: { readonly address?: string | undefined; readonly forgiven: Forgiven },
  needs: Omit<Needs, 'limiter'>,
): Promise<SignedIn | undefined> {
  const cookie = randomSecret(needs.world)
  const { settings } = needs
  const shown = { ...proven, ...given, cookie: hashSecret(cookie) }
  const load = { kind: 'browser', cookie: before.cookie ?? '', clientId: settings.session.client, audience: settings.audience } as const
  const verdict = await needs.store.update<Extract<Load, { kind: 'browser' }>, Reauthentication>(load, (held, at) =>
    decide(held, shown, at),
  )
  // Nothing could be renewed in it: whoever signs in means to begin anew, and would be sent to sign in again and again.
  if (verdict.outcome === 'spent') await replace(before, needs)
  return verdict.outcome === 'again' ? { user: verdict.user, session: verdict.session, cookie } : undefined
}

/** What somebody who is signed in shows again. */
export interface ShownAgain {
  readonly user: User
  readonly session: Session
  /** Of the access token that came; none where a cookie did. */
  readonly grant?: Grant | undefined
  readonly password: string
  /** With the application's own users, who may sign in by many names. */
  readonly identifier?: string | undefined
  readonly address?: string | undefined
}

/** Answers a challenge for a fresh sign-in (RFC 9470) on the device that has it: the session goes on, with today as its `auth_time` (S24). */
export async function reauthenticate(given: ShownAgain, needs: Needs): Promise<SignedIn> {
  const { user, session, grant, password, address } = given
  // Their own name, whatever is said: nobody tries at other people's passwords here, past what those are counted by (LG-2).
  const identifier = needs.accounts.builtIn ? user.identifier : given.identifier
  if (identifier === undefined)
    throw new OAuthError('invalid_request', 'missing_identifier', {
      description: 'identifier is missing: the name that is signed in with.',
    })
  const came = needs.world.monotonic()
  const forgiven = await needs.limiter.passwordChange({ device: session.sid, sub: user.sub })
  const proven = await prove({ identifier, password, address, isKnown: true }, needs)
  if (!proven || proven.sub !== user.sub) {
    await untilGrid(came, needs)
    throw new OAuthError('invalid_credentials', 'mismatch', { description: 'The password is wrong.' })
  }
  if (!grant) {
    const again = await reauthenticateBrowser(session, proven, { address, forgiven }, needs)
    if (!again) throw sessionEnded('ended')
    return again
  }
  const verdict = await needs.store.update<{ kind: 'grant'; gid: string }, Reauthentication>(
    { kind: 'grant', gid: grant.gid },
    (held, at) => decide(held, { ...proven, address, forgiven }, at),
  )
  if (verdict.outcome !== 'again' || !verdict.grant) throw sessionEnded('ended')
  const access = mintAccess({ ...verdict, grant: verdict.grant, now: verdict.committedAt }, needs)
  return { user: verdict.user, session: verdict.session, grant: verdict.grant, access }
}
