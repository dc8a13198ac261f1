import { OAuthError } from '../errors.ts'
import { type HttpAnswer, seeOther } from '../http/answer.ts'
import { type Form, readParameters } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { answerStep } from '../pages/step.ts'
import { visitorOf } from '../pages/visitor.ts'
import { authorizationParameters, beginAuthorization } from '../use-cases/begin-authorization.ts'
import type { Services } from '../use-cases/needs.ts'

/** GET /authorize: a client sends somebody here for a code. RFC 6749 §3.1, §4.1.1; OpenID Connect Core 1.0 §3.1.2. */
export async function authorize(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const step = await beginAuthorization(readParameters(request), visitorOf(request, services), services)
  return answerStep(step, request, services)
}

/**
 * POST /authorize is the same (OpenID Connect Core 1.0 §3.1.2.1; AZ-13). It comes from another site, and browsers keep `SameSite` cookies from
 * such a POST: so it is sent on as a GET, with which they come.
 */
export async function postAuthorize(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const query = asQuery(readParameters(request))
  if (query.length > longestQuery) {
    throw new OAuthError('invalid_request', 'too_long', { description: `The request is longer than ${longestQuery} characters.` })
  }
  return seeOther(`${services.settings.basePath}/authorize?${query}`)
}

const longestQuery = 10_000

/** What came twice goes on twice: the refusal is the authorization request's own (AZ-6). */
function asQuery(form: Form): string {
  const query = new URLSearchParams()
  for (const name of authorizationParameters) {
    const values = form.repeated.includes(name) ? ['twice', 'twice'] : [form.optional(name)]
    for (const value of values) if (value !== undefined) query.append(name, value)
  }
  return query.toString()
}
