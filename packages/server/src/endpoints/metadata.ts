import type { Settings } from '../domain/settings.ts'
import type { HttpAnswer } from '../http/answer.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'

/** GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server. RFC 8414 §3; OpenID Connect Discovery 1.0 §4. One document for both. */
export async function metadata(_request: HttpRequest, { settings }: Pick<Services, 'settings'>): Promise<HttpAnswer> {
  const bytes = made.get(settings) ?? Buffer.from(JSON.stringify(describe(settings)))
  made.set(settings, bytes)
  return { status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' }, body: bytes }
}

const made = new WeakMap<Settings, Uint8Array>()

/** What works, and nothing else (MD-3). */
function describe({ issuer, origin, basePath }: Settings): Record<string, unknown> {
  const at = (path: string): string => `${origin}${basePath}${path}`
  const methods = ['client_secret_basic', 'client_secret_post', 'none']
  return {
    issuer, // byte for byte what tokens and `iss` say (MD-1)
    authorization_endpoint: at('/authorize'),
    token_endpoint: at('/token'),
    userinfo_endpoint: at('/userinfo'),
    revocation_endpoint: at('/revoke'),
    introspection_endpoint: at('/introspect'),
    end_session_endpoint: at('/end-session'),
    jwks_uri: at('/jwks'),
    ledger_follow_endpoint: at('/ledger/follow'),
    ledger_release_endpoint: at('/ledger/release'),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_methods_supported: methods.slice(0, 2),
    authorization_response_iss_parameter_supported: true, // RFC 9207 §3
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    claims_supported: [
      ...['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'amr', 'at_hash', 'sid'],
      ...['name', 'preferred_username', 'email', 'email_verified'],
    ],
    // Their defaults are other than what is true here (OpenID Connect Discovery 1.0 §3).
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  }
}
