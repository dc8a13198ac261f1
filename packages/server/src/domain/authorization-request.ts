import { isBase64url } from '@curfew/verifier/wire'
import { targetOf } from './audience.ts'
import type { Client } from './client.ts'
import type { Seconds } from './instant.ts'
import type { ClientId, Subject } from './names.ts'
import { isRegisteredRedirect, withParameters } from './redirect-uri.ts'
import { grantableScope, readScope } from './scope.ts'

/** What a request may want to happen in the browser. OpenID Connect Core 1.0 §3.1.2.1. */
export const prompts = ['none', 'login', 'consent', 'select_account'] as const
export type Prompt = (typeof prompts)[number]

/** An authorization request that was found good, in our own words. It travels sealed through the pages. */
export interface AuthorizationRequest {
  readonly clientId: ClientId
  readonly redirectUri: string
  readonly scope: readonly string[]
  readonly audience: string
  /** S256 (RFC 7636 §4.2). */
  readonly challenge: string
  readonly prompt: readonly Prompt[]
  readonly state?: string
  readonly nonce?: string
  readonly maxAge?: Seconds
  readonly loginHint?: string
  /** Who it must be, by an ID token of ours that the client showed. */
  readonly hinted?: Subject
}

/** What goes back to the client instead of a code. RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6, RFC 8707 §2. */
export type AuthorizationError =
  | 'invalid_request'
  | 'unauthorized_client'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'login_required'
  | 'consent_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'

/** A refusal that the client hears of. */
export interface Refusal {
  readonly outcome: 'refused'
  readonly error: AuthorizationError
  readonly description: string
  readonly redirectUri: string
  readonly state?: string | undefined
}

/** `stopped`: told to the person alone, since nobody may be sent to an address that is not known to be the client's (AZ-1). */
export type AuthorizationReading =
  | { readonly outcome: 'good'; readonly request: AuthorizationRequest }
  | { readonly outcome: 'stopped'; readonly reason: 'client_missing' | 'client_unknown' | 'redirect_missing' | 'redirect_unknown' }
  | Refusal

/** The parameters as they were sent; an empty one is as good as absent (OAuth 2.1 §3.1; AZ-6). */
export interface Parameters {
  /** Asked only for what is not in `repeated`. */
  optional(name: string): string | undefined
  /** Names that came more than once. */
  readonly repeated: readonly string[]
}

/** What a request is held against besides its client. */
export interface Facts {
  readonly audiences: { readonly configured: string; readonly served: readonly string[] }
  /** Of `id_token_hint`: whom it names; undefined: none, or none of ours. */
  readonly hinted?: Subject | undefined
}

/** Parameters that are read here. Unknown ones are left alone. */
export const authorizationParameters: readonly string[] =
  'client_id redirect_uri response_type response_mode scope state nonce prompt max_age login_hint id_token_hint code_challenge code_challenge_method resource request request_uri registration'.split(
    ' ',
  )

/** Stated lengths (AZ-7). */
const longestState = 2048
const longestNonce = 1024
const longestRequest = 5500

/** Reads an authorization request. RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2, OpenID Connect Core 1.0 §3.1.2.1. */
export function readAuthorizationRequest(sent: Parameters, client: Client | undefined, facts: Facts): AuthorizationReading {
  const one = (name: string): string | undefined => (sent.repeated.includes(name) ? undefined : sent.optional(name))
  if (one('client_id') === undefined) return { outcome: 'stopped', reason: 'client_missing' }
  if (!client || client.disabled) return { outcome: 'stopped', reason: 'client_unknown' }
  const redirectUri = one('redirect_uri') ?? onlyRedirect(sent, client)
  if (redirectUri === undefined) return { outcome: 'stopped', reason: 'redirect_missing' }
  if (!isRegisteredRedirect(client.redirectUris, redirectUri)) return { outcome: 'stopped', reason: 'redirect_unknown' }

  const state = isVisible(one('state'), longestState) ? one('state') : undefined
  const refuse = (error: AuthorizationError, description: string): Refusal => ({
    outcome: 'refused',
    error,
    description,
    redirectUri,
    state,
  })

  // RFC 8707 §2 lets `resource` come several times; what it then means is decided below.
  const twice = authorizationParameters.find((name) => name !== 'resource' && sent.repeated.includes(name))
  if (twice) return refuse('invalid_request', `${twice} was sent twice.`) // RFC 6749 §3.1
  if (one('state') !== state)
    return refuse('invalid_request', `state is too long (${longestState} at most), or has characters outside of ASCII.`)
  if (!client.grants.includes('authorization_code')) return refuse('unauthorized_client', 'This client may not use this flow.')
  if (one('request') !== undefined) return refuse('request_not_supported', 'Request objects are not taken.')
  if (one('request_uri') !== undefined) return refuse('request_uri_not_supported', 'Nothing is fetched for a request.')
  if (one('registration') !== undefined) return refuse('registration_not_supported', 'Clients are registered beforehand.')

  if (one('response_type') === undefined) return refuse('invalid_request', 'response_type is missing.')
  if (one('response_type') !== 'code') return refuse('unsupported_response_type', 'response_type must be code.') // OAuth 2.1: no tokens in URLs (AZ-5)
  if ((one('response_mode') ?? 'query') !== 'query') return refuse('invalid_request', 'response_mode must be query.')

  // RFC 7636 §4.4.1, RFC 9700 §2.1.1: for every client; `plain`, which is also meant where no method is given, protects nothing (AZ-3, AZ-4).
  const challenge = one('code_challenge')
  if (challenge === undefined) return refuse('invalid_request', 'code_challenge is missing: PKCE is required.')
  if (one('code_challenge_method') !== 'S256') return refuse('invalid_request', 'code_challenge_method must be S256.')
  if (challenge.length !== 43 || !isBase64url(challenge))
    return refuse('invalid_request', 'code_challenge is not the SHA-256 of a verifier in base64url.')

  const wanted = readPrompt(one('prompt'))
  if (!wanted) return refuse('invalid_request', 'prompt is none alone, or login, consent or select_account.')
  const maxAge = one('max_age')
  if (maxAge !== undefined && !/^[0-9]{1,9}$/.test(maxAge)) return refuse('invalid_request', 'max_age must be a number of seconds.')
  const nonce = one('nonce')
  if (!isVisible(nonce, longestNonce))
    return refuse('invalid_request', `nonce is too long (${longestNonce} at most), or has characters outside of ASCII.`)
  if (one('id_token_hint') !== undefined && facts.hinted === undefined)
    return refuse('invalid_request', 'id_token_hint is no ID token of this issuer.')

  const scopeText = one('scope')
  const scopes = scopeText === undefined ? undefined : readScope(scopeText)
  const scope = scopeText !== undefined && !scopes ? undefined : grantableScope(scopes, client.scopes)
  if (!scope) return refuse('invalid_scope', 'The scope is malformed, or this client may have nothing of it.')
  // A token has one audience here.
  const audience = sent.repeated.includes('resource') ? undefined : targetOf(one('resource'), client, facts.audiences)
  if (audience === undefined)
    return refuse('invalid_target', 'resource names no service, one that this client may not use, or more than one.')

  const hint = one('login_hint')
  const request: AuthorizationRequest = {
    ...{ clientId: client.id, redirectUri, audience, challenge, prompt: wanted },
    scope: grantedOffline(scope, client),
    ...(state === undefined ? {} : { state }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
    ...(hint !== undefined && hint.length <= 254 ? { loginHint: hint } : {}),
    ...(facts.hinted === undefined ? {} : { hinted: facts.hinted }),
  }
  // It travels through pages and addresses, sealed, which makes it a third longer (AZ-7).
  if (mostBytes(JSON.stringify(request)) > longestRequest) return refuse('invalid_request', 'The request is too long in all.')
  return { outcome: 'good', request }
}

/** The address that a refusal goes to. RFC 6749 §4.1.2.1; `iss`, RFC 9207 §2 (AZ-8). */
export function refusalLocation({ redirectUri, error, description, state }: Refusal, issuer: string): string {
  return withParameters(redirectUri, { error, error_description: description, state, iss: issuer })
}

/** The address that a code goes to. RFC 6749 §4.1.2; `iss`, RFC 9207 §2 (AZ-8). */
export function codeLocation({ redirectUri, state }: AuthorizationRequest, code: string, issuer: string): string {
  return withParameters(redirectUri, { code, state, iss: issuer })
}

/** OpenID Connect Core 1.0 §11: without a refresh token, access while away means nothing. */
function grantedOffline(scope: readonly string[], client: Client): readonly string[] {
  return client.grants.includes('refresh_token') ? scope : scope.filter((one) => one !== 'offline_access')
}

/** OAuth 2.1 §4.1.1: it may be left out where there is only one. */
function onlyRedirect({ repeated }: Parameters, { redirectUris }: Client): string | undefined {
  return redirectUris.length === 1 && !repeated.includes('redirect_uri') ? redirectUris[0] : undefined
}

function readPrompt(text: string | undefined): readonly Prompt[] | undefined {
  const wanted = [...new Set((text ?? '').split(' ').filter((one) => one !== ''))]
  if (!wanted.every((one): one is Prompt => (prompts as readonly string[]).includes(one))) return undefined
  return wanted.includes('none') && wanted.length > 1 ? undefined : wanted // OpenID Connect Core 1.0 §3.1.2.1 (AZ-11)
}

/** UTF-8 has three bytes at most for a character outside of ASCII (RFC 3629 §3: four for two halves of a pair). */
function mostBytes(text: string): number {
  return text.length + 2 * text.replace(/[ -~]/g, '').length
}

/** RFC 6749 A.5: visible ASCII, so that what comes back is what was sent. */
function isVisible(text: string | undefined, longest: number): boolean {
  return text === undefined || (text.length <= longest && /^[ -~]*$/.test(text))
}
