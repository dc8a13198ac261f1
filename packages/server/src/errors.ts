/** The codes that go to callers, grouped by the specification that defines them. */
export const oauthErrors = {
  // RFC 6749 §5.2, §4.1.2.1
  invalid_request: { status: 400, definedIn: 'RFC 6749 §5.2' },
  invalid_client: { status: 401, definedIn: 'RFC 6749 §5.2' },
  invalid_grant: { status: 400, definedIn: 'RFC 6749 §5.2' },
  unauthorized_client: { status: 400, definedIn: 'RFC 6749 §5.2' },
  unsupported_grant_type: { status: 400, definedIn: 'RFC 6749 §5.2' },
  invalid_scope: { status: 400, definedIn: 'RFC 6749 §5.2' },
  access_denied: { status: 403, definedIn: 'RFC 6749 §4.1.2.1' },
  unsupported_response_type: { status: 400, definedIn: 'RFC 6749 §4.1.2.1' },
  server_error: { status: 500, definedIn: 'RFC 6749 §4.1.2.1' },
  temporarily_unavailable: { status: 503, definedIn: 'RFC 6749 §4.1.2.1' },
  // RFC 6750 §3.1
  invalid_token: { status: 401, definedIn: 'RFC 6750 §3.1' },
  insufficient_scope: { status: 403, definedIn: 'RFC 6750 §3.1' },
  // RFC 9470 §3
  insufficient_user_authentication: { status: 401, definedIn: 'RFC 9470 §3' },
  // RFC 8707 §2
  invalid_target: { status: 400, definedIn: 'RFC 8707 §2' },
  // RFC 7009 §2.2.1
  unsupported_token_type: { status: 400, definedIn: 'RFC 7009 §2.2.1' },
  // OpenID Connect Core 1.0 §3.1.2.6
  login_required: { status: 400, definedIn: 'OpenID Connect Core 1.0 §3.1.2.6' },
  consent_required: { status: 400, definedIn: 'OpenID Connect Core 1.0 §3.1.2.6' },
  interaction_required: { status: 400, definedIn: 'OpenID Connect Core 1.0 §3.1.2.6' },
  // Curfew's own: the session API and the ledger (contract §5, protocol.md)
  invalid_credentials: { status: 401, definedIn: 'contract §5' },
  session_ended: { status: 401, definedIn: 'contract §5' },
  identifier_taken: { status: 409, definedIn: 'contract §5' },
  weak_password: { status: 400, definedIn: 'contract §5' },
  invalid_link: { status: 400, definedIn: 'contract §5' },
  csrf: { status: 403, definedIn: 'contract §6' },
  too_many_requests: { status: 429, definedIn: 'contract §5' },
  not_found: { status: 404, definedIn: 'contract §5' },
  method_not_allowed: { status: 405, definedIn: 'RFC 9110 §15.5.6' },
  unsupported_media_type: { status: 415, definedIn: 'RFC 9110 §15.5.16' },
  request_timeout: { status: 408, definedIn: 'RFC 9110 §15.5.9' },
  content_too_large: { status: 413, definedIn: 'RFC 9110 §15.5.14' },
  ledger_behind: { status: 409, definedIn: 'protocol.md, Follow' },
  forbidden: { status: 403, definedIn: 'RFC 9110 §15.5.4' },
} as const

/** A code of the table above. */
export type ErrorCode = keyof typeof oauthErrors

/**
 * A refusal. `code` and `description` go to the caller; `reason` goes to the log only (TK-13). Neither ever holds a token, code or secret.
 */
export class OAuthError extends Error {
  readonly code: ErrorCode
  readonly reason: string
  readonly description: string | undefined
  /** More members of the answer's body, e.g. `reason` of `session_ended`. */
  readonly members: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: ErrorCode,
    reason: string,
    more: { description?: string; members?: Readonly<Record<string, unknown>>; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(`${code}: ${reason}`)
    this.name = 'OAuthError'
    this.code = code
    this.reason = reason
    this.description = more.description
    this.members = more.members ?? {}
    this.headers = more.headers ?? {}
  }
}

/** A mistake of the operator or the programmer: a sentence that says what is wrong and what to do, shown without a stack. */
export class CurfewError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CurfewError'
  }
}

/**
 * Takes out what looks random: tokens, codes, cookies, keys, ids. Words and paths have no digit, capital and small letter in one long run; one
 * secret of 256 bits in 1,500 has no digit, so that what is as long as one goes by its capitals alone.
 */
export function withoutSecrets(text: string): string {
  return text.replace(/[\w-]{16,}/g, (run) =>
    /[A-Z]/.test(run) && /[a-z]/.test(run) && (/[0-9]/.test(run) || run.length >= 43) ? '…' : run,
  )
}

/** The message of an error of somebody else's code, for the log. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? withoutSecrets(error.message) : 'unknown'
}

/** This node stops, and does no more: another one answers, or it does itself when it is back. */
export function stopping(description = 'This node of the issuer stops. Ask again.'): OAuthError {
  return new OAuthError('temporarily_unavailable', 'stopping', { description, headers: { 'retry-after': '1' } })
}
