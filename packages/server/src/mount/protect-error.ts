import { RefusalError } from '@curfew/verifier/express'
import { OAuthError, withoutSecrets } from '../errors.ts'
import { errorAnswer } from '../http/respond.ts'
import type { Judged } from './protection.ts'

/** How Node's `util.inspect` asks an object for its own words. */
const inspecting = Symbol.for('nodejs.util.inspect.custom')

/**
 * A request that is not let in for another reason than its token: no proof against CSRF, or a session that is over. With the same members
 * as the verifier's refusals, so that one error handler knows both; nothing in it that the caller may not see.
 */
export class ProtectError extends Error {
  readonly status: number
  readonly statusCode: number
  readonly expose: true
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  /** Of `session_ended`: `signed_out`, `expired`, `replayed` or `disabled`. */
  readonly reason?: unknown

  constructor(error: OAuthError) {
    super(error.description ?? error.code)
    const answer = errorAnswer(error, '')
    this.name = 'ProtectError'
    this.status = answer.status
    this.statusCode = answer.status
    this.expose = true
    this.code = error.code
    const { 'content-type': _type, ...headers } = answer.headers
    this.headers = { ...headers, 'cache-control': 'private, no-store' }
    if (error.members.reason !== undefined) this.reason = error.members.reason
    this.stack = `${this.name}: ${this.message}`
    // One line on the console, as the verifier's refusals print; the log's reason is in no member that a caller could be sent.
    const todo = todos[error.code]
    const printed = `${this.stack} [${answer.status} ${error.code}, ${error.reason}${todo === undefined ? '' : `. To do: ${todo}`}]`
    Object.defineProperty(this, inspecting, { value: () => printed })
  }

  /** The answer itself; Hono asks errors for it. */
  getResponse(): Response {
    const { code: error, message: error_description, reason, status, headers } = this
    return Response.json({ error, error_description, reason }, { status, headers })
  }
}

/** What to do, as the verifier's refusals say it. */
const todos: Readonly<Record<string, string>> = {
  csrf: 'let the page send the header Curfew-Request: 1, with fetch; it must be of the issuer\'s own origin, or of one in "origins"',
  session_ended: 'sign in again there',
}
/** A request has no token where neither header nor cookies have one. */
const noToken = 'sign in at the issuer, at /account in a browser, for its cookies; or send Authorization: Bearer …'

/** What is thrown, or handed to `next`, for a refusal. */
export type Refusal = RefusalError | ProtectError

/** A refusal, and its reason for the log. */
export type Refused = { readonly refusal: Refusal; readonly cookies: readonly string[]; readonly reason: string }

/** Judges a request: accepted with its cookies, or the refusal. Anything unexpected is thrown as it is. */
export async function judged(judging: Promise<Judged>): Promise<(Judged & { refusal?: never }) | Refused> {
  try {
    const found = await judging
    const { verdict, cookies } = found
    if (verdict.outcome === 'accepted') return found
    const { reason } = verdict
    return { refusal: new RefusalError(verdict, reason === 'no_token' ? noToken : undefined), cookies, reason }
  } catch (error) {
    if (error instanceof OAuthError)
      return { refusal: new ProtectError(error), cookies: [], reason: withoutSecrets(error.reason).slice(0, 120) }
    throw error
  }
}
