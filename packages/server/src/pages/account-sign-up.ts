import type { HttpAnswer } from '../http/answer.ts'
import { seeOther } from '../http/answer.ts'
import { readCookie } from '../http/cookies.ts'
import { deviceName } from '../http/device-name.ts'
import { readForm } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'
import { signUp } from '../use-cases/sign-up.ts'
import { requireOwnAccountForm } from './account-owner.ts'
import { accountSignIn, sessionCookies } from './account-sign-in.ts'
import { noAccount } from './new-account.ts'
import { refuseJson } from './refuse-json.ts'

/** POST /account/sign-up: makes an account and signs its owner in, then the account page. Only where people may sign up. */
export async function postAccountSignUp(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  refuseJson(request, services, '/sign-up')
  const { settings } = services
  const form = readForm(request)
  if (requireOwnAccountForm(request, form, undefined, services) === 'expired')
    return accountSignIn(request, services, { newAccount: true, problem: 'expired', status: 400 })
  const identifier = form.optional('identifier') ?? ''
  const given = {
    ...{ identifier, password: form.optional('password') ?? '', cookie: true, replaces: readCookie(request, 'session', settings) },
    ...{ device: deviceName(request.headers['user-agent']), address: request.peer.address },
    deviceToken: readCookie(request, 'device', settings),
  }
  try {
    return seeOther(`${settings.basePath}/account`, sessionCookies(await signUp(given, services), services))
  } catch (error) {
    const problem = noAccount(error)
    if (!problem) throw error
    return accountSignIn(request, services, { ...problem, newAccount: true, identifier: identifier.slice(0, 256) })
  }
}
