import type { Client } from '../domain/client.ts'
import type { Seconds } from '../domain/instant.ts'
import { type Ended, end } from './end.ts'
import { inspectToken } from './inspect-token.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'signer' | 'refreshTokens' | 'confirmation' | 'log'>

/**
 * Ends a token of this client: a refresh token with its grant, and so with all access tokens of that; an access token by its `jti` alone.
 * Undefined for a token that is not its own, none of ours, or over: nothing happens, and nothing tells which it was. RFC 7009 §2.1, §2.2;
 * RV-1, RV-2.
 */
export async function revokeToken(token: string, client: Client, wait: Seconds | undefined, needs: Needs): Promise<Ended | undefined> {
  const found = await inspectToken(token, needs)
  if (found.sort === 'refresh') {
    // S3: any generation, whatever is left of the grant: what still lives is ended, the rest is told once more.
    if (found.grant?.clientId !== client.id) return undefined
    return end({ grant: found.grant.gid }, { why: 'revoked', wait }, needs)
  }
  if (found.sort !== 'access' || found.claims.client_id !== client.id || found.why === 'expired') return undefined
  return end({ token: found.claims.jti, expiresAt: found.claims.exp * 1000 }, { why: 'revoked', wait }, needs)
}
