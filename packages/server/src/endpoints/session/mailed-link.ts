import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { readCookie } from '../../http/cookies.ts'
import { readJsonBody } from '../../http/json.ts'
import type { HttpRequest } from '../../http/request.ts'
import { askForLink } from '../../use-cases/ask-for-link.ts'
import type { Services } from '../../use-cases/needs.ts'
import { signInByLink } from '../../use-cases/sign-in-by-link.ts'
import { readDevice, signedInParts } from './signed-in.ts'

/** POST /session/mail-me `{identifier}`: mails a link that signs in; 202 for everybody (PR-1). Contract §5; only with `accounts.mailLink`. */
export async function mailMe(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const typed = readJsonBody(request).text('identifier')
  await askForLink({ purpose: 'sign_in', typed, address: request.peer.address }, services)
  return noStoreJson(202, {})
}

/** POST /session/mailed-sign-in `{token, mode?, device_name?}`: answers as a sign-in does. Contract §5. */
export async function mailedSignIn(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const body = readJsonBody(request)
  const facts = readDevice(request, body, services)
  const replaces = facts.cookie ? readCookie(request, 'session', services.settings) : undefined // as at sign-in (AZ-19)
  const signedIn = await signInByLink({ token: body.text('token'), ...facts, replaces }, services)
  const { members, cookies } = await signedInParts(signedIn, services, request.peer.address)
  return { ...noStoreJson(200, members), cookies }
}
