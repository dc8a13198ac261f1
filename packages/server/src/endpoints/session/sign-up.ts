import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { readJsonBody } from '../../http/json.ts'
import type { HttpRequest } from '../../http/request.ts'
import type { Services } from '../../use-cases/needs.ts'
import * as account from '../../use-cases/sign-up.ts'
import { readSignIn, signedInParts } from './signed-in.ts'

/** POST /sign-up: makes an account and signs its owner in. Contract §5; only with `accounts.signUp`. */
export async function signUp(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const body = readJsonBody(request)
  const signedIn = await account.signUp({ ...readSignIn(request, body, services), name: body.optionalText('name', 200) }, services)
  const { members, cookies } = await signedInParts(signedIn, services)
  return { ...noStoreJson(201, members), cookies }
}
