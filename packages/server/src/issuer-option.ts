import { CurfewError } from './errors.ts'

/** Reads the issuer's address, which can be written in one way only. `loopback`: plain `http` is good enough there. */
export function checkedIssuer(text: string, basePath: string): { issuer: string; loopback: boolean } {
  if (!URL.canParse(text))
    throw new CurfewError(
      `The issuer ${JSON.stringify(text)} is not a URL. Give the address that people and services reach it at, e.g. https://login.example.com.`,
    )
  const url = new URL(text)
  const loopback = url.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\]|[a-z0-9-]+\.localhost)$/.test(url.hostname)
  if (url.username || url.password) throw new CurfewError('The issuer may have no user name and no password in it (RFC 8414 §2).')
  if (url.protocol !== 'https:' && !loopback)
    throw new CurfewError(`The issuer ${text} is not https. Only a loopback address (http://localhost:…) may do without.`)
  if (url.search || url.hash) throw new CurfewError(`The issuer ${text} may have no query and no fragment (RFC 8414 §2).`)
  // Byte for byte what tokens say, and what every service compares: it can only be written in one way.
  if (text !== url.href && `${text}/` !== url.href)
    throw new CurfewError(`The issuer ${text} must be written as ${url.href.replace(/\/+$/, '')}.`)
  if (text.endsWith('/')) throw new CurfewError(`The issuer must not end with a slash: ${text.replace(/\/+$/, '')}.`)
  if (url.pathname !== '/' && url.pathname !== basePath)
    throw new CurfewError(`The issuer's path is ${url.pathname}, so basePath must be that, too.`)
  return { issuer: text, loopback }
}
