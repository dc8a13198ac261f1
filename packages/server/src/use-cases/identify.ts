import type { AccessTokenClaims } from '@curfew/verifier/wire'
import type { Grant } from '../domain/grant.ts'
import { isLive, type Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'
import { hashSecret } from './hash-secret.ts'
import { inspectToken } from './inspect-token.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'signer' | 'refreshTokens' | 'settings'>

/** Who is asking at the session API: the first-party client's bearer token, or the browser's cookie. */
export interface Identified {
  readonly by: 'bearer' | 'cookie'
  readonly user: User
  readonly session?: Session
  readonly grant?: Grant
  readonly claims?: AccessTokenClaims
}

/**
 * Says who a credential of the session API stands for; undefined: nobody, or not any more. Tokens of other clients are nobody here, nor
 * are tokens for other services: who may read orders may not end sessions. `dead`: ended and expired ones as well, for signing out (S3).
 */
export async function identify(
  credential: { bearer?: string | undefined; cookie?: string | undefined },
  needs: Needs,
  options: { dead?: boolean } = {},
): Promise<Identified | undefined> {
  return credential.bearer === undefined ? byCookie(credential.cookie, needs, options) : byBearer(credential.bearer, needs, options)
}

async function byBearer(token: string, needs: Needs, { dead = false }: { dead?: boolean }): Promise<Identified | undefined> {
  const found = await inspectToken(token, needs)
  if (found.sort === 'unknown' || !found.user || (!dead && !found.active)) return undefined
  if (found.client?.id !== needs.settings.session.client) return undefined
  if (found.sort === 'refresh' && !dead) return undefined
  if (found.sort === 'refresh') return { by: 'bearer', user: found.user, ...(found.grant ? { grant: found.grant } : {}) }
  const { user, session, grant, claims, client } = found
  // RFC 9068 §4: what the client got for another service by `resource`, that service could show here.
  const own = [client.audience ?? needs.settings.audience, needs.settings.audience, needs.settings.issuer]
  if (!own.includes(claims.aud)) return undefined
  return { by: 'bearer', user, claims, ...(session ? { session } : {}), ...(grant ? { grant } : {}) }
}

async function byCookie(
  cookie: string | undefined,
  { store }: Needs,
  { dead = false }: { dead?: boolean },
): Promise<Identified | undefined> {
  if (cookie === undefined || cookie.length > 128) return undefined
  const { rows, at } = await store.begin({ kind: 'browser', cookie: hashSecret(cookie) })
  if (!rows) return undefined
  const live = isLive(rows.session, { user: rows.user.cut, issuer: rows.issuer.cut }, at.now) && !rows.user.disabled
  return live || dead ? { by: 'cookie', user: rows.user, session: rows.session } : undefined
}
