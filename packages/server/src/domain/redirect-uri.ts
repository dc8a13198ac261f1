/** RFC 8252 §7.3, §8.3: the two literal loopback hosts. `localhost` is a name, and goes by exact match (AZ-2). */
const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::([1-9][0-9]{0,4}))?([/?].*)?$/

/** The longest redirect URI that is looked at. */
const longest = 2048

/**
 * Whether an authorization request's redirect URI is one of those registered: exactly, character by character, but for the port of a
 * loopback literal, which a native app learns only when it starts. RFC 9700 §2.1, RFC 8252 §7.3; AZ-1, AZ-2.
 */
export function isRegisteredRedirect(registered: readonly string[], asked: string): boolean {
  if (asked.length > longest) return false
  if (registered.includes(asked)) return true
  const given = loopback.exec(asked)
  if (!given || Number(given[2] ?? 80) > 65_535) return false
  return registered.some((one) => {
    const known = loopback.exec(one)
    return known !== null && known[1] === given[1] && known[3] === given[3]
  })
}

/** What is wrong with a redirect URI that somebody wants to register, as the end of a sentence; undefined where nothing is. RG-1. */
export function redirectUriProblem(uri: string): string | undefined {
  if (uri.length === 0 || uri.length > longest) return `must have 1 to ${longest} characters`
  if (!/^[!-~]+$/.test(uri) || /[\\"<>^`{|}]/.test(uri)) return 'must be plain ASCII without spaces, quotes, brackets or backslashes'
  if (uri.includes('#')) return 'must not have a fragment' // RFC 6749 §3.1.2
  if (uri.includes('*')) return 'must not have a wildcard: register each address' // RFC 9700 §4.1.3
  const parts = /^([a-z][a-z0-9+.-]*):(.*)/.exec(uri)
  if (!parts) return 'must be an absolute URI with its scheme in lower case'
  const [scheme, rest] = [parts[1]!, parts[2]!]
  if (scheme === 'http' || scheme === 'https') {
    const authority = /^\/\/([^/?]+)/.exec(rest)?.[1]
    if (!authority) return 'must name a host'
    if (authority.includes('@')) return 'must not have a user name or a password'
    if (!/^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?$/.test(authority))
      return 'must have its host in lower case, and a port without zeros before it'
    if (/\/\.{1,2}(\/|$|\?)/.test(rest)) return 'must not have `.` or `..` in its path'
    const isLocal = loopback.test(uri) || /^\/\/localhost(:|\/|\?|$)/.test(rest)
    return scheme === 'http' && !isLocal ? 'must be https: only this machine (127.0.0.1, [::1], localhost) may go without' : undefined
  }
  // RFC 8252 §7.1: a private-use scheme is a domain name backwards, so it has a dot; `javascript:` and `data:` have none.
  return scheme.includes('.') ? undefined : 'must be https, or a private-use scheme with a dot in it, like com.example.app'
}

/** What a person is shown as the place where an answer goes, and by which a consent is remembered (AZ-20): a host, or a native app's scheme. */
export function redirectHost(uri: string): string {
  const parts = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?]*))?/.exec(uri)
  if (!parts) return ''
  const [scheme, host] = [parts[1]!, parts[2] ?? '']
  if (scheme !== 'http' && scheme !== 'https') return scheme
  // The port of a loopback literal is another one each time.
  return loopback.test(uri) ? host.replace(/:[0-9]+$/, '') : host
}

/** A redirect URI with parameters added to its query, which stays as it is. RFC 6749 §4.1.2, §3.1.2. */
export function withParameters(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const added = Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${encodeURIComponent(value)}`))
  if (added.length === 0) return uri
  const glue = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&'
  return `${uri}${glue}${added.join('&')}`
}
