import type { AccessTokenClaims } from '../wire/index.ts'

/** What a request needs the token to be allowed. */
export type Rights = {
  /** Scopes, all of which are needed: `orders:read orders:write`, or a list. */
  scope?: string | readonly string[]
  /** Roles, one of which is needed. */
  roles?: string | readonly string[]
  /** A user is needed: a client's own token is not enough. */
  user?: boolean
}

/** Whether the token has the rights that are needed; a precise reason if not. RFC 6749 §3.3: scopes are compared whole, parted by spaces. */
export function checkRights(claims: AccessTokenClaims, needed: Rights): 'scope_missing' | 'role_missing' | 'user_missing' | undefined {
  if (needed.user === true && claims.usr === undefined) return 'user_missing' // RFC 9700 §4.15
  if (missingScopes(claims, needed).length > 0) return 'scope_missing'
  if (needed.roles !== undefined) {
    const wanted = listOf(needed.roles)
    if (!claims.roles?.some((role) => wanted.includes(role))) return 'role_missing'
  }
  return undefined
}

/** Which scopes are missing, in words for the log of whoever runs the service. */
export function lackOf(claims: AccessTokenClaims, needed: Rights): string {
  return `it lacks the scope ${missingScopes(claims, needed).join(' ')}`
}

function missingScopes(claims: AccessTokenClaims, { scope = [] }: Rights): readonly string[] {
  const held = claims.scope === undefined ? [] : claims.scope.split(' ')
  return listOf(scope).filter((one) => !held.includes(one))
}

/** A text parted by spaces, or a list, as a list. */
export function listOf(names: string | readonly string[]): readonly string[] {
  return typeof names === 'string' ? names.split(' ').filter((name) => name !== '') : names
}
