import type { AccessTokenClaims } from '@curfew/verifier/wire'
import { accessToken } from '../domain/access-token.ts'
import type { Client } from '../domain/client.ts'
import type { Grant } from '../domain/grant.ts'
import type { Seconds } from '../domain/instant.ts'
import type { At } from '../domain/position.ts'
import type { Session, SignedInVerdict } from '../domain/session.ts'
import type { Rights } from '../domain/user.ts'
import type { Stored } from '../store/store.ts'
import type { Services } from './needs.ts'
import { randomId } from './random-id.ts'

type Needs = Pick<Services, 'settings' | 'signer' | 'refreshTokens' | 'world'>

/** Somebody is signed in. `access` only for the first-party client, `refreshToken` only without a cookie. */
export interface SignedIn {
  readonly user: Rights
  readonly session: Session
  readonly grant?: Grant
  /** The value of the new session cookie. */
  readonly cookie?: string
  readonly access?: { readonly token: string; readonly expiresIn: Seconds; readonly claims: AccessTokenClaims }
  readonly refreshToken?: string
  /** What the device shows the next time somebody signs in on it. */
  readonly deviceToken?: string | undefined
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
