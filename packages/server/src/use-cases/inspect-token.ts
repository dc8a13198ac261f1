import type { AccessTokenClaims } from '@curfew/verifier/wire'
import type { Client } from '../domain/client.ts'
import { grantEndedBy } from '../domain/ending.ts'
import { type Grant, grantExpiry } from '../domain/grant.ts'
import type { Session } from '../domain/session.ts'
import { type TokenLife, tokenLife } from '../domain/token-life.ts'
import type { User } from '../domain/user.ts'
import type { Services } from './needs.ts'

/** What a token is, and whether it is good now. `why` is for logs and the command line; callers of introspection never see it. */
export type Inspected =
  | { readonly sort: 'unknown'; readonly active: false; readonly why: 'malformed' }
  | {
      readonly sort: 'access'
      readonly active: boolean
      readonly why: TokenLife
      readonly claims: AccessTokenClaims
      readonly session: Session | undefined
      readonly grant: Grant | undefined
      readonly user: User | undefined
      readonly client: Client | undefined
    }
  | {
      readonly sort: 'refresh'
      readonly active: boolean
      readonly why: 'live' | 'ended' | 'expired' | 'rotated' | 'unknown'
      readonly grant: Grant | undefined
      readonly client: Client | undefined
      readonly user: User | undefined
    }

/** Looks a token up: Covered against the newest state of the database, no copy, no cache (M2, IN-3). */
export async function inspectToken(token: string, needs: Pick<Services, 'store' | 'signer' | 'refreshTokens'>): Promise<Inspected> {
  const { store, signer, refreshTokens } = needs
  let claims = signer.openAccessToken(token)
  let named = claims ? undefined : refreshTokens.open(token)
  if (!claims && !named && (await signer.learn?.())) {
    claims = signer.openAccessToken(token)
    named = claims ? undefined : refreshTokens.open(token)
  }
  if (claims) {
    const { jti, sid, gid, usr, client_id: clientId } = claims
    const names = {
      jti,
      clientId,
      ...(sid === undefined ? {} : { sid }),
      ...(gid === undefined ? {} : { gid }),
      ...(usr === undefined ? {} : { usr }),
    }
    const { rows, at } = await store.begin({ kind: 'token', ...names })
    const why = tokenLife(claims, rows, at)
    return {
      sort: 'access',
      active: why === 'live',
      why,
      claims,
      session: rows.session,
      grant: rows.grant,
      user: rows.user,
      client: rows.client,
    }
  }
  if (!named) return { sort: 'unknown', active: false, why: 'malformed' }
  return inspectRefreshToken(named, needs)
}

async function inspectRefreshToken(named: { gid: string; generation: number }, { store }: Pick<Services, 'store'>): Promise<Inspected> {
  const { rows, at } = await store.begin({ kind: 'grant', gid: named.gid })
  if (!rows) return { sort: 'refresh', active: false, why: 'unknown', grant: undefined, client: undefined, user: undefined }
  const { grant, client, user, session } = rows
  const isEnded =
    grantEndedBy(grant, session, { user: user.cut, client: client.cut, issuer: rows.issuer.cut }) !== undefined ||
    user.disabled ||
    client.disabled
  const why = isEnded
    ? 'ended'
    : at.now >= grantExpiry(grant, session)
      ? 'expired'
      : named.generation !== grant.generation
        ? 'rotated'
        : 'live'
  return { sort: 'refresh', active: why === 'live', why, grant, client, user }
}
