import { comesFrom } from '../domain/binding.ts'
import { scopesOf } from '../domain/scope.ts'
import { OAuthError } from '../errors.ts'
import { askRightsOf } from './ask-rights.ts'
import { inspectToken } from './inspect-token.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'accounts' | 'signer' | 'refreshTokens' | 'log'>

/** Tells a client about the user whose access token it has. OpenID Connect Core 1.0 §5.3; the token must live at this moment (M2, UI-3). */
export async function readUserInfo(token: string, address: string | undefined, needs: Needs): Promise<Readonly<Record<string, unknown>>> {
  const found = await inspectToken(token, needs)
  if (found.sort !== 'access' || !found.active || !comesFrom(found.claims, address)) {
    throw new OAuthError('invalid_token', found.why, { description: 'The access token is not good, or not any more.' })
  }
  const { claims, user } = found
  const scopes = scopesOf(claims.scope ?? '')
  // A client's own token has no person behind it (JV-19).
  if (!user || claims.usr === undefined || !scopes.includes('openid')) {
    throw new OAuthError('insufficient_scope', 'no_openid', {
      description: 'This needs a token of a user with the scope openid.',
      headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="openid"' }, // RFC 6750 §3
    })
  }
  const today = (await askRightsOf(user.sub, needs)) ?? { user }
  if (!today.user || today.user.disabled) {
    throw new OAuthError('invalid_token', 'disabled', { description: 'The access token is not good, or not any more.' })
  }
  const { name, mail, mailVerified = false } = today.user
  return {
    sub: user.sub,
    ...(scopes.includes('profile') && name !== undefined ? { name } : {}),
    ...(scopes.includes('profile') && user.identifier !== undefined ? { preferred_username: user.identifier } : {}),
    ...(scopes.includes('email') && mail !== undefined ? { email: mail, email_verified: mailVerified } : {}), // OpenID Connect Core 1.0 §5.4
  }
}
