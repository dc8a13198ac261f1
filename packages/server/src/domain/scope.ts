/** RFC 6749 §3.3: what a scope may be made of. */
const token = /^[!#-[\]-~]+$/

/** The longest `scope` that is looked at. */
const longest = 2048

/** The scopes of a request, each once, in its order; undefined where the text is no scope. RFC 6749 §3.3. */
export function readScope(text: string): readonly string[] | undefined {
  if (text.length > longest) return undefined
  const scopes = text.split(' ').filter((one) => one !== '')
  return scopes.length > 0 && scopes.every((one) => token.test(one)) ? [...new Set(scopes)] : undefined
}

/**
 * What a client gets of what it asked for. What it may not have, or what nobody knows, is left out (OpenID Connect Core 1.0 §3.1.2.1), and
 * the answer says so (RFC 6749 §3.3); undefined: nothing is left. Without a `scope`: all that it may have but `openid` and
 * `offline_access`, which have to be asked for.
 */
export function grantableScope(asked: readonly string[] | undefined, registered: readonly string[]): readonly string[] | undefined {
  if (!asked) return registered.filter((scope) => !isAskedFor(scope))
  const granted = asked.filter((scope) => registered.includes(scope))
  return granted.length > 0 ? granted : undefined
}

/** The scopes of a client's own token: those that speak of a person make no sense there. RFC 6749 §4.4. */
export function clientScope(asked: readonly string[] | undefined, registered: readonly string[]): readonly string[] | undefined {
  return grantableScope(
    asked,
    registered.filter((scope) => !isAskedFor(scope) && scope !== 'profile' && scope !== 'email'),
  )
}

/** The single scopes of a stored or signed text. */
export function scopesOf(text: string): readonly string[] {
  return text.split(' ').filter((one) => one !== '')
}

function isAskedFor(scope: string): boolean {
  return scope === 'openid' || scope === 'offline_access'
}
