import type { Client } from '../domain/client.ts'
import { type Rotation, rotate } from '../domain/grant.ts'
import { readScope } from '../domain/scope.ts'
import { OAuthError } from '../errors.ts'
import { askRights } from './ask-rights.ts'
import { end } from './end.ts'
import type { Services, TokenAnswer } from './needs.ts'
import { randomId } from './random-id.ts'

type Needs = Pick<Services, 'store' | 'directory' | 'accounts' | 'settings' | 'refreshTokens' | 'signer' | 'confirmation' | 'world' | 'log'>

/** The same for one that was never ours as for one that is over (TK-13). */
const notGood = { description: 'This refresh token is not good, or not any more. Sign in again.' }

/** Exchanges a refresh token for its successor and a fresh access token. RFC 6749 §6, RFC 9700 §4.14.2. */
export async function refresh(
  presented: string,
  client: Client,
  needs: Needs,
  wanted: { readonly scope?: string | undefined; readonly resource?: string | undefined; readonly address?: string | undefined } = {},
): Promise<TokenAnswer> {
  const { store, refreshTokens, signer, settings, log } = needs
  // MAC first: garbage never reaches the store.
  const named = refreshTokens.open(presented) ?? ((await signer.learn?.()) ? refreshTokens.open(presented) : undefined)
  if (!named) throw new OAuthError('invalid_grant', 'forged', notGood)

  const scope = wanted.scope === undefined ? undefined : readScope(wanted.scope)
  if (wanted.scope !== undefined && !scope) throw tooWide('malformed')
  const served = (await needs.directory.all()).map(({ audience }) => audience)
  const asked = await askRights(named.gid, needs)
  const jti = randomId(needs.world)
  const verdict = await store.update<{ kind: 'grant'; gid: string }, Rotation>({ kind: 'grant', gid: named.gid }, (held, at) =>
    rotate(
      held,
      {
        generation: named.generation,
        clientId: client.id,
        issuer: settings.issuer,
        jti,
        asked,
        scope,
        resource: wanted.resource,
        address: wanted.address,
        served,
      },
      at,
    ),
  )
  if (verdict.outcome === 'replayed')
    log.warn({ event: 'refresh.replayed', client: client.id, seq: verdict.entries[0]?.seq }, 'a replayed refresh token ended its grant')
  if (verdict.outcome === 'never_issued')
    log.error(
      { event: 'refresh.never_issued', client: client.id },
      'a refresh token with a good MAC that was never issued: was an old backup restored?',
    )
  if (verdict.outcome === 'disabled') await end({ user: verdict.sub }, { why: 'disabled', wait: 0 }, needs) // a load of its own: P4
  if (verdict.outcome === 'too_wide') throw tooWide(verdict.outcome)
  if (verdict.outcome === 'wrong_target')
    throw new OAuthError('invalid_target', verdict.outcome, { description: 'This refresh token is for another resource.' })
  if (verdict.outcome === 'elsewhere') throw elsewhere(verdict.asks)
  if ('isElsewhere' in verdict && verdict.isElsewhere)
    log.warn(
      { event: 'binding.elsewhere', client: client.id, at: 'refresh' },
      'a refresh token came from another network address than it was given to',
    )
  // Only now: thrown inside `update`, it would undo the ending that a replay leaves behind.
  if (verdict.outcome !== 'rotated' && verdict.outcome !== 'repeated') {
    const why = 'why' in verdict ? verdict.why : undefined
    throw new OAuthError('invalid_grant', why ? `${verdict.outcome}: ${why}` : verdict.outcome, notGood)
  }

  return {
    access_token: signer.accessToken(verdict.minted.claims), // `iat` and `seq` as decided (M1, P5), never our own clock
    token_type: 'Bearer',
    expires_in: verdict.minted.expiresIn,
    refresh_token: refreshTokens.make(named.gid, verdict.generation),
    scope: verdict.minted.claims.scope ?? '',
  }
}

/** RFC 6749 §5.2. The refresh token stays as good as it was, where it was given. */
function elsewhere(asks: 'refuse' | 'sign_in'): OAuthError {
  const description = `This refresh token is bound to another network address.${asks === 'sign_in' ? ' Sign in again from here.' : ''}`
  return new OAuthError('invalid_grant', `elsewhere_${asks}`, { description })
}

/** RFC 6749 §5.2, §6. The refresh token stays as good as it was. */
function tooWide(reason: string): OAuthError {
  return new OAuthError('invalid_scope', reason, { description: 'The scope is malformed, or more than what was granted.' })
}
