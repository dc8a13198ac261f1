import { OAuthError } from '../errors.ts'
import type { HttpAnswer } from '../http/answer.ts'
import { readForm, readQuery } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { resumeAuthorization } from '../use-cases/begin-authorization.ts'
import { grantConsent } from '../use-cases/grant-consent.ts'
import type { Services } from '../use-cases/needs.ts'
import { readCarried } from './carried.ts'
import { startAgain } from './sign-in.ts'
import { answerStep } from './step.ts'
import { visitorOf } from './visitor.ts'

/** GET /consent: the question, for an authorization under way; whatever else is due by now, if it is not the question. */
export async function consentForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const { interaction, expired } = readCarried(request, readQuery(request), services, { posted: false })
  if (expired) return startAgain(interaction, request, services)
  return answerStep(await resumeAuthorization(interaction, visitorOf(request, services), services), request, services)
}

/** POST /consent: `answer` is `allow` or `refuse`. */
export async function postConsent(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const form = readForm(request)
  const { interaction, expired } = readCarried(request, form, services, { posted: true })
  if (expired) return startAgain(interaction, request, services)
  const answer = form.required('answer')
  if (answer !== 'allow' && answer !== 'refuse') {
    throw new OAuthError('invalid_request', 'answer', { description: 'answer must be allow or refuse.' })
  }
  const step = await grantConsent(interaction, answer, visitorOf(request, services), services)
  return answerStep(step, request, services)
}
