import { clientToken } from '../domain/access-token.ts'
import { targetOf } from '../domain/audience.ts'
import { clientScope, readScope } from '../domain/scope.ts'
import { OAuthError } from '../errors.ts'
import type { Caller } from './authenticate-client.ts'
import type { Services, TokenAnswer } from './needs.ts'
import { randomId } from './random-id.ts'

type Needs = Pick<Services, 'settings' | 'signer' | 'directory' | 'world'>

/**
 * Gives a client a token for itself. RFC 6749 §4.4: confidential clients only, and no refresh token. Its `sub` is the client's id, which no
 * user of the built-in accounts can have: theirs are 22 random characters, and no client is registered by such a name (TK-8).
 */
export async function issueClientToken(
  asked: { readonly scope?: string | undefined; readonly resource?: string | undefined },
  { client, position, at }: Caller,
  { settings, signer, directory, world }: Needs,
): Promise<TokenAnswer> {
  if (client.authentication === 'none') {
    throw new OAuthError('unauthorized_client', 'public', { description: 'A client without a secret gets no token for itself.' })
  }
  const wanted = asked.scope === undefined ? undefined : readScope(asked.scope)
  const scope = asked.scope !== undefined && !wanted ? undefined : clientScope(wanted, client.scopes)
  if (!scope)
    throw new OAuthError('invalid_scope', 'none_left', { description: 'The scope is malformed, or this client may have nothing of it.' })

  const served = (await directory.all()).map(({ audience }) => audience)
  const audience = targetOf(asked.resource, client, { configured: settings.audience, served })
  if (audience === undefined) {
    throw new OAuthError('invalid_target', 'target', { description: 'resource names no service, or one that this client may not use.' })
  }
  // P1, M1, P5: position, clock and head are from before the secret was checked; no right is read after them.
  const { claims, expiresIn } = clientToken(
    settings.issuer,
    randomId(world),
    client,
    { audience, scope: scope.join(' '), pos: position },
    at,
  )
  return { access_token: signer.accessToken(claims), token_type: 'Bearer', expires_in: expiresIn, scope: scope.join(' ') }
}
