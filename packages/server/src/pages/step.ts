import { type HttpAnswer, seeOther } from '../http/answer.ts'
import { formTarget } from '../http/content-security-policy.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Step } from '../use-cases/begin-authorization.ts'
import { sealForm, sealInteraction } from '../use-cases/interaction.ts'
import type { Services } from '../use-cases/needs.ts'
import { errorPage } from './error.ts'
import { formCookie } from './form-cookie.ts'
import { pageAnswer } from './page-answer.ts'
import { scopeWords } from './scope-words.ts'
import { consentView } from './views/consent-view.ts'
import { errorWords } from './views/error-view.ts'
import { type SignInView, signInView } from './views/sign-in-view.ts'

type SignInStep = Extract<Step, { step: 'sign_in' }>
type ConsentStep = Extract<Step, { step: 'consent' }>

/** Answers a browser with what comes next in an authorization: a page, or a way back to the client. */
export function answerStep(step: Step, request: HttpRequest, services: Services, cookies: readonly string[] = []): HttpAnswer {
  switch (step.step) {
    case 'redirect':
      return seeOther(step.location, cookies)
    case 'stopped':
      return stoppedPage(step, request, services, cookies)
    case 'sign_in':
      return signInPage(step, request, services, { cookies })
    case 'consent':
      return consentPage(step, request, services, cookies)
  }
}

/** What a sign-in page says beyond its step. */
export interface SignInFacts {
  readonly problem?: SignInView['problem'] | undefined
  readonly identifier?: string | undefined
  /** As it was sent: another try does not get another ten minutes. */
  readonly sealed?: string | undefined
  readonly newAccount?: boolean
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
}

/** The sign-in page, or with `newAccount` the one that makes an account. */
export function signInPage(step: SignInStep, request: HttpRequest, services: Services, facts: SignInFacts = {}): HttpAnswer {
  const { settings } = services
  const browser = formCookie(request, services)
  const interaction = facts.sealed ?? sealInteraction(step.interaction, browser.value, services)
  const at = (path: string): string => `${settings.basePath}${path}`
  const carried = `interaction=${encodeURIComponent(interaction)}`
  const identifier = facts.identifier ?? step.identifier
  const view: Omit<SignInView, 'nonce'> = {
    action: at(facts.newAccount ? '/new-account' : '/sign-in'),
    interaction,
    csrf: sealForm(browser.value, services),
    client: { name: step.client.name, host: step.host },
    ...(identifier === undefined ? {} : { identifier }),
    ...(step.fresh && !facts.newAccount ? { fresh: step.fresh } : {}),
    ...(facts.problem === undefined ? {} : { problem: facts.problem }),
    ...(services.mail && !facts.newAccount ? { forgotHref: at(`/forgot-password?${carried}`) } : {}),
    ...(services.mail?.signsIn && !facts.newAccount ? { mailMeHref: at(`/mail-me?${carried}`) } : {}),
    ...(settings.signUp && !facts.newAccount ? { signUpHref: at(`/new-account?${carried}`) } : {}),
    ...(facts.newAccount ? { newAccount: { signInHref: at(`/sign-in?${carried}`), passwordLength: settings.passwordLength } } : {}),
  }
  return pageAnswer(
    {
      lit: true,
      formTargets: [formTarget(step.interaction.request.redirectUri)],
      cookies: [...browser.cookies, ...(facts.cookies ?? [])],
      ...(facts.status === undefined ? {} : { status: facts.status }),
      ...(facts.headers === undefined ? {} : { headers: facts.headers }),
    },
    services,
    (frame) => signInView({ ...view, ...frame }),
  )
}

/** AZ-20: who asks, where the answer goes, for what, at which service. */
function consentPage(step: ConsentStep, request: HttpRequest, services: Services, cookies: readonly string[]): HttpAnswer {
  const browser = formCookie(request, services)
  const { client, user, host, interaction: carried } = step
  const interaction = sealInteraction(carried, browser.value, services)
  const { basePath } = services.settings
  return pageAnswer(
    { lit: true, formTargets: [formTarget(carried.request.redirectUri)], cookies: [...browser.cookies, ...cookies] },
    services,
    (frame) =>
      consentView({
        ...frame,
        action: `${basePath}/consent`,
        interaction,
        csrf: sealForm(browser.value, services),
        client: { name: client.name, host },
        user: { name: user.name ?? user.identifier ?? user.sub },
        scopes: carried.request.scope.map(scopeWords),
        audience: carried.request.audience,
        switchHref: `${basePath}/sign-in?interaction=${encodeURIComponent(interaction)}`,
      }),
  )
}

const reasons: Readonly<Record<string, string>> = {
  client_missing: 'client_id is missing, or came twice.',
  client_unknown: 'No client has this client_id.',
  redirect_missing: 'redirect_uri is missing, or came twice.',
  redirect_unknown: 'redirect_uri is not, character by character, one that this client has registered.',
}

function stoppedPage(
  step: Extract<Step, { step: 'stopped' }>,
  request: HttpRequest,
  services: Services,
  cookies: readonly string[],
): HttpAnswer {
  const name = step.client?.name
  const told = {
    ...(step.reason.startsWith('redirect') ? errorWords.badLink(name ?? 'the application') : errorWords.unknownClient),
    code: 'invalid_request',
    reason: reasons[step.reason] ?? step.reason,
    ...(name === undefined ? {} : { client: { name } }),
  }
  services.log.info({ event: 'authorization.stopped', reason: step.reason, request_id: request.id }, 'an authorization request was stopped')
  return errorPage(400, told, request.id, services, cookies)
}
