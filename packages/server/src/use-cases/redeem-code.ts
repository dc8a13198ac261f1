import { createHash } from 'node:crypto'
import { redeemCode as decide, type Redeemed } from '../domain/authorization-code.ts'
import type { Client } from '../domain/client.ts'
import { idTokenClaims } from '../domain/id-token.ts'
import { OAuthError } from '../errors.ts'
import { askRightsForCode } from './ask-rights.ts'
import { end } from './end.ts'
import { hashSecret } from './hash-secret.ts'
import type { Services, TokenAnswer } from './needs.ts'
import { randomId } from './random-id.ts'

type Needs = Pick<Services, 'store' | 'directory' | 'accounts' | 'settings' | 'refreshTokens' | 'signer' | 'confirmation' | 'world' | 'log'>

/** What a client sends for its code. */
export interface Shown {
  readonly code: string
  readonly verifier: string
  readonly redirectUri?: string | undefined
  readonly resource?: string | undefined
  readonly address?: string | undefined
}

/** Trades an authorization code for tokens: once. RFC 6749 §4.1.3, RFC 7636 §4.6, OpenID Connect Core 1.0 §3.1.3. */
export async function redeemCode(shown: Shown, client: Client, needs: Needs): Promise<TokenAnswer> {
  const { store, settings, signer, refreshTokens, world, log } = needs
  // RFC 7636 §4.1. Neither is looked up where it cannot be one of ours.
  if (!/^[\w.~-]{43,128}$/.test(shown.verifier)) throw badCode('verifier_malformed')
  if (!/^[\w-]{43}$/.test(shown.code)) throw badCode('malformed')
  const hash = hashSecret(shown.code)
  const asked = await askRightsForCode(hash, needs) // P5
  const redemption = {
    clientId: client.id,
    challenge: hashSecret(shown.verifier), // S256 is SHA-256 in base64url
    redirectUri: shown.redirectUri,
    resource: shown.resource,
    address: shown.address,
    served: (await needs.directory.all()).map(({ audience }) => audience),
    issuer: settings.issuer,
    gid: randomId(world),
    jti: randomId(world),
    asked,
  }
  const verdict = await store.update<{ kind: 'code'; hash: string }, Redeemed>({ kind: 'code', hash }, (held, at) =>
    decide(held, redemption, at),
  )
  if (verdict.outcome === 'reused') {
    // S6: nobody waits for it. The entry is on its way to every verifier.
    log.warn({ event: 'code.reused', client: client.id, seq: verdict.entries[0]?.seq }, 'an authorization code came a second time')
  }
  if (verdict.outcome === 'disabled') await end({ user: verdict.sub }, { why: 'disabled', wait: 0 }, needs)
  if (verdict.outcome === 'wrong_target') {
    throw new OAuthError('invalid_target', verdict.outcome, { description: 'The code was given for another resource.' })
  }
  // Only now: thrown inside `update`, it would undo the ending that a second use leaves behind.
  if (verdict.outcome !== 'redeemed') throw badCode(verdict.outcome)

  const { code, minted, grant } = verdict
  const accessToken = signer.accessToken(minted.claims)
  const answer: TokenAnswer = {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: minted.expiresIn,
    scope: minted.claims.scope ?? '', // RFC 6749 §5.1: said, whether or not it is less than what was asked for
    ...(client.grants.includes('refresh_token') ? { refresh_token: refreshTokens.make(grant.gid, grant.generation) } : {}),
  }
  if (!code.scope.split(' ').includes('openid')) return answer
  const claims = idTokenClaims(settings.issuer, code, { from: verdict.from, minted, accessTokenHash: leftHalf(accessToken) })
  return { ...answer, id_token: await signer.idToken(claims, client.idTokenAlgorithm) }
}

/** OpenID Connect Core 1.0 §3.1.3.6: the left half of the hash that the ID token's algorithm uses; both of ours use SHA-256. */
function leftHalf(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest().subarray(0, 16).toString('base64url')
}

/** One sentence for a code that is unknown, used, too old, or somebody else's (TK-13). */
function badCode(reason: string): OAuthError {
  return new OAuthError('invalid_grant', reason, {
    description: 'The code, its verifier or its redirect URI is not good, or not any more.',
  })
}
