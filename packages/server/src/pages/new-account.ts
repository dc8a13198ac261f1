import { OAuthError } from '../errors.ts'
import type { HttpAnswer } from '../http/answer.ts'
import { readCookie } from '../http/cookies.ts'
import { deviceName } from '../http/device-name.ts'
import { readForm, readQuery } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { askToSignIn } from '../use-cases/begin-authorization.ts'
import type { Services } from '../use-cases/needs.ts'
import { signUp } from '../use-cases/sign-up.ts'
import { accountSignIn } from './account-sign-in.ts'
import { readCarried } from './carried.ts'
import { refuseJson } from './refuse-json.ts'
import { goOn, problemOf, showSignIn, startAgain } from './sign-in.ts'
import { answerStep, type SignInFacts, signInPage } from './step.ts'
import { visitorOf } from './visitor.ts'

/** GET /new-account: the form that makes an account, for an authorization under way, or else for the account page. Only where people may sign up. */
export async function newAccountForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  if (readQuery(request).optional('interaction') === undefined) return accountSignIn(request, services, { newAccount: true })
  return showSignIn(request, services, { newAccount: true })
}

/** POST /new-account: makes the account, signs its owner in, and goes on. */
export async function postNewAccount(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  refuseJson(request, services, '/sign-up')
  const form = readForm(request)
  const { interaction, expired, sealed } = readCarried(request, form, services, { posted: true })
  if (expired) return startAgain(interaction, request, services)
  const identifier = form.optional('identifier') ?? ''
  const cookie = readCookie(request, 'session', services.settings)
  const given = {
    ...{ identifier, password: form.optional('password') ?? '', cookie: true, replaces: cookie, clientId: interaction.request.clientId },
    ...{ device: deviceName(request.headers['user-agent']), address: request.peer.address },
    deviceToken: readCookie(request, 'device', services.settings),
  }
  try {
    return await goOn(interaction, await signUp(given, services), request, services)
  } catch (error) {
    const problem = noAccount(error)
    if (!problem) throw error
    const step = await askToSignIn(interaction, visitorOf(request, services), services)
    if (step.step !== 'sign_in') return answerStep(step, request, services)
    return signInPage(step, request, services, { ...problem, newAccount: true, identifier: identifier.slice(0, 256), sealed })
  }
}

/** What of a refused sign-up is told on its page; undefined: it is no matter of the person's. */
export function noAccount(error: unknown): Pick<SignInFacts, 'problem' | 'status' | 'headers'> | undefined {
  const codes = ['weak_password', 'identifier_taken', 'invalid_request', 'too_many_requests']
  if (!(error instanceof OAuthError) || !codes.includes(error.code)) return undefined
  return { status: 400, problem: { words: error.description ?? 'Choose another name or password.' }, ...problemOf(error) }
}
