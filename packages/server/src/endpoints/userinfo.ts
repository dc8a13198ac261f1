import { OAuthError } from '../errors.ts'
import { type HttpAnswer, noStoreJson } from '../http/answer.ts'
import { notSignedIn, readBearer } from '../http/bearer.ts'
import { isEmpty } from '../http/body.ts'
import { readForm } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'
import { readUserInfo } from '../use-cases/read-user-info.ts'

/** GET and POST /userinfo. OpenID Connect Core 1.0 §5.3: the token in the header, or in the form of a POST; never in the query (RFC 9700 §4.3.2). */
export async function userinfo(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const token = readToken(request)
  if (token === undefined) throw notSignedIn()
  return noStoreJson(200, await readUserInfo(token, request.peer.address, services))
}

function readToken(request: HttpRequest): string | undefined {
  const bearer = readBearer(request)
  const posted = request.method === 'POST' && !isEmpty(request.body) ? readForm(request).optional('access_token') : undefined
  if (bearer !== undefined && posted !== undefined) {
    throw new OAuthError('invalid_request', 'two_tokens', { description: 'The access token came in two ways at once.' }) // RFC 6750 §2
  }
  return bearer ?? posted
}
