import type { ClientAuthentication } from '../domain/client.ts'
import type { ClientId } from '../domain/names.ts'
import { OAuthError } from '../errors.ts'
import type { Form } from './form.ts'
import type { HttpRequest } from './request.ts'

/** What a client showed of itself, not yet checked. */
export interface ClientCredentials {
  readonly id: ClientId
  readonly secret?: string
  readonly method: ClientAuthentication
}

/** Reads who the client says it is: by HTTP Basic or in the body, never both (RFC 6749 §2.3, TK-2); with `client_id` alone it is a public one. */
export function readClientCredentials(headers: HttpRequest['headers'], form: Form): ClientCredentials {
  const basic = readBasic(headers.authorization)
  const id = form.optional('client_id')
  const secret = form.optional('client_secret')
  if (form.optional('client_assertion') !== undefined) {
    throw new OAuthError('invalid_client', 'assertion_unsupported', { description: 'Client assertions are not supported: use a secret.' })
  }
  if (basic) {
    if (secret !== undefined) throw twoWays()
    if (id !== undefined && id !== basic.id) throw twoWays()
    return { ...basic, method: 'client_secret_basic' }
  }
  if (headers.authorization !== undefined) throw malformed()
  if (id === undefined) {
    const elsewhere =
      form.optional('grant_type') === 'refresh_token' ? ' A refresh token of the session API goes to POST /session/refresh instead.' : ''
    throw new OAuthError('invalid_client', 'no_client', { description: `The request does not say which client sends it.${elsewhere}` })
  }
  return secret === undefined ? { id, method: 'none' } : { id, secret, method: 'client_secret_post' }
}

/** Reads an Authorization header of the scheme Basic; undefined for another scheme or none. Both parts are form-encoded (RFC 6749 §2.3.1, TK-3). */
export function readBasic(header: string | undefined): { id: string; secret: string } | undefined {
  const [, encoded] = /^Basic(?: +(.*))?$/is.exec(header ?? '') ?? []
  if (header === undefined || !/^Basic(?: |$)/i.test(header)) return undefined
  if (encoded === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) throw malformed()
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const id = formDecoded(text.slice(0, colon))
  const secret = formDecoded(text.slice(colon + 1))
  if (colon < 1 || !id || secret === undefined) throw malformed()
  return { id, secret }
}

function formDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function twoWays(): OAuthError {
  return new OAuthError('invalid_request', 'two_client_authentications', {
    description: 'The client authenticates in two ways at once: use the Authorization header or the body.',
  })
}

function malformed(): OAuthError {
  return new OAuthError('invalid_client', 'authorization_malformed', {
    description: 'The Authorization header is not HTTP Basic of a client id and a secret, both form-encoded.',
  })
}
