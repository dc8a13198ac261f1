import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { badToken, notSignedIn, readBearer } from '../../http/bearer.ts'
import { readCookie } from '../../http/cookies.ts'
import { requireOwnPage } from '../../http/csrf.ts'
import { readJsonBody } from '../../http/json.ts'
import type { HttpRequest } from '../../http/request.ts'
import { identify } from '../../use-cases/identify.ts'
import type { Services } from '../../use-cases/needs.ts'
import { reauthenticate as showAgain } from '../../use-cases/reauthenticate.ts'
import { LONGEST_PASSWORD, signedInParts } from './signed-in.ts'

/**
 * POST /session/reauthenticate: the answer to a challenge for a fresh sign-in (RFC 9470 §4). The session goes on under its `sid`; what came by
 * cookie gets another cookie, what came with an access token another access token, and the refresh token stays. Contract §5; S24.
 */
export async function reauthenticate(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const body = readJsonBody(request)
  const typed = { password: body.text('password', LONGEST_PASSWORD), identifier: body.optionalText('identifier') }
  const bearer = readBearer(request)
  const cookie = bearer === undefined ? readCookie(request, 'session', services.settings) : undefined
  if (bearer === undefined && cookie !== undefined) requireOwnPage(request, services.settings)
  // From wherever it comes: where binding asks for a fresh sign-in, this is the one.
  const caller = await identify({ bearer, cookie }, services)
  if (!caller?.session) throw bearer === undefined ? notSignedIn() : badToken('not_live')
  const { user, session, grant } = caller
  const signedIn = await showAgain({ ...typed, user, session, grant, address: request.peer.address }, services)
  const { members, cookies } = await signedInParts(signedIn, services, request.peer.address)
  return { ...noStoreJson(200, members), cookies }
}
