import { OAuthError } from '../errors.ts'
import { type HttpAnswer, seeOther } from '../http/answer.ts'
import { deviceCookie, readCookie, setCookie } from '../http/cookies.ts'
import { deviceName } from '../http/device-name.ts'
import { readForm, readQuery } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { askToSignIn, restartAuthorization, resumeAuthorization, type Step } from '../use-cases/begin-authorization.ts'
import { type Interaction, sealInteraction } from '../use-cases/interaction.ts'
import type { Services } from '../use-cases/needs.ts'
import { signIn } from '../use-cases/sign-in.ts'
import type { SignedIn } from '../use-cases/signed-in.ts'
import { readCarried } from './carried.ts'
import { readFormCookie } from './form-cookie.ts'
import { refuseJson } from './refuse-json.ts'
import { answerStep, type SignInFacts, signInPage } from './step.ts'
import { visitorOf } from './visitor.ts'

/** GET /sign-in: the page for an authorization under way, for somebody else than who is signed in too. */
export async function signInForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  // Typed by hand, nothing is under way: the account page asks who it is, and there is one place to go to (AZ-21).
  if (readQuery(request).optional('interaction') === undefined) return seeOther(`${services.settings.basePath}/account`)
  return showSignIn(request, services, {})
}

/** Shows the form of an interaction; `newAccount`: the one that makes an account. */
export async function showSignIn(request: HttpRequest, services: Services, facts: SignInFacts): Promise<HttpAnswer> {
  const { interaction, expired, sealed } = readCarried(request, readQuery(request), services, { posted: false })
  if (expired) return startAgain(interaction, request, services)
  const step = await askToSignIn(interaction, visitorOf(request, services), services)
  return step.step === 'sign_in' ? signInPage(step, request, services, { ...facts, sealed }) : answerStep(step, request, services)
}

/** POST /sign-in: a name and a password, for the authorization that the page carries. AZ-10, AZ-19, LG-1. */
export async function postSignIn(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  refuseJson(request, services, '/session/sign-in')
  const form = readForm(request)
  const { interaction, expired, sealed } = readCarried(request, form, services, { posted: true })
  if (expired) return startAgain(interaction, request, services)
  const identifier = form.optional('identifier') ?? ''
  const cookie = readCookie(request, 'session', services.settings)
  let signedIn: SignedIn
  try {
    signedIn = await signIn(
      {
        ...{ identifier, password: form.optional('password') ?? '', cookie: true, replaces: cookie },
        deviceToken: readCookie(request, 'device', services.settings),
        // P1: what is born here is born where the authorization began.
        ...{ position: interaction.position, clientId: interaction.request.clientId },
        ...{ device: deviceName(request.headers['user-agent']), address: request.peer.address },
      },
      services,
    )
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    if (error.reason === 'cut') return startAgain(interaction, request, services)
    const problem = problemOf(error)
    if (!problem) throw error
    services.log.info({ event: 'sign_in.refused', reason: error.reason, request_id: request.id }, 'a sign-in was refused')
    const step = await askToSignIn(interaction, visitorOf(request, services), services)
    if (step.step !== 'sign_in') return answerStep(step, request, services)
    return signInPage(step, request, services, { ...problem, identifier: identifier.slice(0, 256), sealed })
  }
  return goOn(interaction, signedIn, request, services)
}

/** After a sign-in: 303 to the client, or 303 to the question that is still open (AZ-10). */
export async function goOn(interaction: Interaction, signedIn: SignedIn, request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const { settings } = services
  const session = signedIn.cookie === undefined ? [] : [setCookie('session', signedIn.cookie, settings, secondsLeft(signedIn))]
  const cookies = [...session, ...deviceCookie(signedIn.deviceToken, settings)]
  const step = await resumeAuthorization(interaction, { cookie: signedIn.cookie, address: request.peer.address }, services)
  const browser = readFormCookie(request, services)
  if (step.step !== 'consent' || browser === undefined) return answerStep(step, request, services, cookies)
  return seeOther(
    `${settings.basePath}/consent?interaction=${encodeURIComponent(sealInteraction(step.interaction, browser, services))}`,
    cookies,
  )
}

/** Ten minutes are over, or a cut came between: the same request from its beginning. Nothing is lost but the time. */
export async function startAgain(interaction: Interaction, request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const step: Step = await restartAuthorization(interaction.request, visitorOf(request, services), services)
  if (step.step !== 'sign_in') return answerStep(step, request, services)
  return signInPage(step, request, services, { problem: 'expired', status: 400 })
}

/** What of a refused sign-in is told on its page; undefined: it is no matter of the person's. */
export function problemOf(error: OAuthError): Pick<SignInFacts, 'problem' | 'status' | 'headers'> | undefined {
  if (error.code === 'invalid_credentials') return { problem: 'mismatch', status: 400 }
  if (error.code !== 'too_many_requests') return undefined
  return { problem: { waitSeconds: Number(error.headers['retry-after'] ?? 60) }, status: 429, headers: error.headers }
}

/** It was used just now, by the database's clock. */
function secondsLeft({ session }: SignedIn): number {
  return (session.expiresAt - session.lastUsedAt) / 1000
}
