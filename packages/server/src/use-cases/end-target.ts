import type { EndTarget } from './end.ts'
import type { Services } from './needs.ts'

/** What operators and applications name an ending by: a `sub`, ids, a token itself. */
export type Named =
  | { readonly user: string }
  | { readonly session: string }
  | { readonly grant: string }
  | { readonly token: string }
  | { readonly client: string }
  | 'everything'

/** Finds what is meant. A token is ended by its `jti`, a refresh token by its grant; undefined: it is none of ours. */
export function endTarget(named: Named, { signer, refreshTokens }: Pick<Services, 'signer' | 'refreshTokens'>): EndTarget | undefined {
  if (named === 'everything' || !('token' in named)) return named
  const claims = signer.openAccessToken(named.token)
  if (claims) return { token: claims.jti, expiresAt: claims.exp * 1000 }
  const opened = refreshTokens.open(named.token)
  return opened && { grant: opened.gid }
}
