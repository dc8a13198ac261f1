import { OAuthError } from '../errors.ts'
import { type HttpAnswer, seeOther } from '../http/answer.ts'
import { deviceCookie, readCookie, setCookie } from '../http/cookies.ts'
import { deviceName } from '../http/device-name.ts'
import { readForm } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { sealAccountForm } from '../use-cases/account-form.ts'
import type { Services } from '../use-cases/needs.ts'
import { signIn } from '../use-cases/sign-in.ts'
import type { SignedIn } from '../use-cases/signed-in.ts'
import { requireOwnAccountForm } from './account-owner.ts'
import { formCookie } from './form-cookie.ts'
import { pageAnswer } from './page-answer.ts'
import { refuseJson } from './refuse-json.ts'
import { problemOf } from './sign-in.ts'
import type { SignInFacts } from './step.ts'
import { signInView } from './views/sign-in-view.ts'

/** The sign-in page where nobody is signed in, or with `newAccount` the one that makes an account: at the address of the account page itself, so no address to go back to is carried along (AZ-21). */
export function accountSignIn(request: HttpRequest, services: Services, facts: SignInFacts = {}): HttpAnswer {
  const { settings, mail } = services
  const browser = formCookie(request, services)
  const at = (path: string): string => `${settings.basePath}${path}`
  return pageAnswer(
    {
      lit: true,
      cookies: browser.cookies,
      ...(facts.status === undefined ? {} : { status: facts.status }),
      ...(facts.headers === undefined ? {} : { headers: facts.headers }),
    },
    services,
    (frame) =>
      signInView({
        ...frame,
        action: at(facts.newAccount ? '/account/sign-up' : '/account/sign-in'),
        csrf: sealAccountForm(browser.value, undefined, services),
        ...(facts.newAccount
          ? { newAccount: { signInHref: at('/account'), passwordLength: settings.passwordLength } }
          : {
              ...(mail ? { forgotHref: at('/forgot-password') } : {}),
              ...(mail?.signsIn ? { mailMeHref: at('/mail-me') } : {}),
              ...(settings.signUp ? { signUpHref: at('/new-account') } : {}),
            }),
        ...(facts.identifier === undefined ? {} : { identifier: facts.identifier }),
        ...(facts.problem === undefined ? {} : { problem: facts.problem }),
      }),
  )
}

/** POST /account/sign-in: a name and a password, then the account page (AZ-10, AZ-19, LG-1). */
export async function postAccountSignIn(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  refuseJson(request, services, '/session/sign-in')
  const { settings } = services
  const form = readForm(request)
  const here = `${settings.basePath}/account`
  if (requireOwnAccountForm(request, form, undefined, services) === 'expired')
    return accountSignIn(request, services, { problem: 'expired', status: 400 })
  const identifier = form.optional('identifier') ?? ''
  try {
    const signedIn = await signIn(
      {
        ...{ identifier, password: form.optional('password') ?? '', cookie: true, replaces: readCookie(request, 'session', settings) },
        ...{ device: deviceName(request.headers['user-agent']), address: request.peer.address },
        deviceToken: readCookie(request, 'device', settings),
      },
      services,
    )
    return seeOther(here, sessionCookies(signedIn, services))
  } catch (error) {
    const problem = error instanceof OAuthError ? problemOf(error) : undefined
    if (!(error instanceof OAuthError) || !problem) throw error
    services.log.info({ event: 'sign_in.refused', reason: error.reason, request_id: request.id }, 'a sign-in was refused')
    return accountSignIn(request, services, { ...problem, identifier: identifier.slice(0, 256) })
  }
}

/** The cookies of a browser whose session was born just now, or goes on under another cookie. */
export function sessionCookies(
  { session, cookie, access, deviceToken }: SignedIn,
  { settings }: Pick<Services, 'settings'>,
): readonly string[] {
  if (cookie === undefined) return []
  const left = (session.expiresAt - session.lastUsedAt) / 1000 // it was used just now, by the database's clock
  const token = access ? [setCookie('access', access.token, settings, access.expiresIn)] : []
  return [setCookie('session', cookie, settings, left), ...token, ...deviceCookie(deviceToken, settings)]
}
