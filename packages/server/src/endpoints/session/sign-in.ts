import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { readCookie } from '../../http/cookies.ts'
import { readJsonBody } from '../../http/json.ts'
import type { HttpRequest } from '../../http/request.ts'
import type { Services } from '../../use-cases/needs.ts'
import * as password from '../../use-cases/sign-in.ts'
import { readSignIn, signedInParts } from './signed-in.ts'

/** POST /session/sign-in: a name and a password for a session, in cookies or as tokens. Contract §5. */
export async function signIn(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const facts = readSignIn(request, readJsonBody(request), services)
  // The browser's session goes on under a new cookie, or ends if it was somebody else's (AZ-19). Tokens touch no cookie.
  const replaces = facts.cookie ? readCookie(request, 'session', services.settings) : undefined
  const { members, cookies } = await signedInParts(await password.signIn({ ...facts, replaces }, services), services, request.peer.address)
  return { ...noStoreJson(200, members), cookies }
}
