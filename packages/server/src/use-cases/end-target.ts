import type { EndTarget } from './end.ts'
import type { Services } from './needs.ts'
import { randomId } from './random-id.ts'

/** What operators and applications name an ending by: a `sub`, ids, a token itself. */
export type Named =
  | { readonly user: string }
  | { readonly session: string }
  | { readonly grant: string }
  | { readonly token: string }
  | { readonly client: string }
  | 'everything'

/** Finds what is meant. A token is ended by its `jti`, a refresh token by its grant; undefined: it is none of ours. */
export function endTarget(
  named: Named,
  { signer, refreshTokens, accounts, world }: Pick<Services, 'signer' | 'refreshTokens' | 'accounts' | 'world'>,
): EndTarget | undefined {
  if (named === 'everything') return named
  if ('user' in named && !accounts.builtIn) return { user: named.user, usr: randomId(world) }
  if (!('token' in named)) return named
  const claims = signer.openAccessToken(named.token)
  if (claims) return { token: claims.jti, expiresAt: claims.exp * 1000 }
  const opened = refreshTokens.open(named.token)
  return opened && { grant: opened.gid }
}
