import { OAuthError, oauthErrors, withoutSecrets } from '../errors.ts'
import { type HttpAnswer, noStoreJson } from './answer.ts'

/** What the edge writes to: the shape of pino, and of most others. */
export interface EdgeLog {
  info(facts: object, message?: string): void
  warn?(facts: object, message?: string): void
  error(facts: object, message?: string): void
}

/** What is known of a request when it has been answered. `route` is the pattern, never the path or the query, which may hold a secret (LO-1). */
export interface Served {
  readonly method: string
  readonly route: string
  readonly id: string
  readonly ms: number
}

/** A refusal as an answer: the code and the sentence go out, the reason stays here. Anything else is a 500 that says nothing. */
export function errorAnswer(error: unknown, id: string): HttpAnswer {
  if (!(error instanceof OAuthError)) {
    return noStoreJson(500, { error: 'server_error', error_description: unexpected, request_id: id })
  }
  const { code, description, members, headers } = error
  const { status } = oauthErrors[code]
  const body = { error: code, ...(description !== undefined && { error_description: description }), ...members, request_id: id }
  return noStoreJson(status, body, { ...challenge(error, status), ...headers })
}

const unexpected = 'Something went wrong here. The request id finds it in the log.'

/** RFC 9110 §15.5.2: a 401 says what would have been taken. RFC 6749 §5.2 for clients, RFC 6750 §3 for everybody else. */
function challenge({ code }: OAuthError, status: number): Record<string, string> {
  if (status !== 401) return {}
  if (code === 'invalid_client') return { 'www-authenticate': 'Basic realm="curfew", charset="UTF-8"' }
  const isTold = code === 'invalid_token' || code === 'insufficient_user_authentication'
  return { 'www-authenticate': isTold ? `Bearer error="${code}"` : 'Bearer' }
}

/** One line a request. `problem`: what was thrown, if something was. */
export function logServed(log: EdgeLog, served: Served, status: number, problem?: unknown): void {
  const facts = { event: 'request', method: served.method, route: served.route, status, ms: served.ms, request_id: served.id }
  if (problem === undefined) {
    log.info(facts, 'request')
  } else if (problem instanceof OAuthError) {
    const refused = { ...facts, error: problem.code, reason: withoutSecrets(problem.reason).slice(0, 120) }
    // A node that stops sends everybody to another one: nothing has failed.
    if (status >= 500 && problem.reason !== 'stopping') log.error(refused, 'request failed')
    else log.info(refused, 'request refused')
  } else {
    log.error({ ...facts, ...describe(problem) }, 'request failed')
  }
}

/** All of an unexpected error but secrets. Its causes too: a driver puts the real story there. */
function describe(problem: unknown, depth = 0): Record<string, unknown> {
  if (!(problem instanceof Error)) return { problem: typeof problem }
  const { name, message, stack, cause } = problem
  const code = (problem as { code?: unknown }).code
  return {
    problem: `${name}: ${withoutSecrets(message)}`,
    ...(typeof code === 'string' && { code }),
    ...(stack !== undefined && { stack: withoutSecrets(stack) }),
    ...(cause !== undefined && depth < 3 && { cause: describe(cause, depth + 1) }),
  }
}
