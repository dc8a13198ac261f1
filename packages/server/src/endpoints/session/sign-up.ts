import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { readCookie } from '../../http/cookies.ts'
import { readJsonBody } from '../../http/json.ts'
import type { HttpRequest } from '../../http/request.ts'
import type { Services } from '../../use-cases/needs.ts'
import * as account from '../../use-cases/sign-up.ts'
import { readSignIn, signedInParts } from './signed-in.ts'

/** POST /sign-up: makes an account and signs its owner in. Contract §5; only with `accounts.signUp`. */
export async function signUp(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const body = readJsonBody(request)
  const facts = readSignIn(request, body, services)
  const replaces = facts.cookie ? readCookie(request, 'session', services.settings) : undefined // as at sign-in (AZ-19)
  const signedIn = await account.signUp(
    { ...facts, replaces, name: body.optionalText('name', 200), mail: body.optionalText('mail', 320) },
    services,
  )
  const { members, cookies } = await signedInParts(signedIn, services, request.peer.address)
  return { ...noStoreJson(201, members), cookies }
}
