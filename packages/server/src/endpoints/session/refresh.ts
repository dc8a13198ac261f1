import { OAuthError } from '../../errors.ts'
import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { readCookie, setCookie } from '../../http/cookies.ts'
import { requireOwnPage } from '../../http/csrf.ts'
import { readJsonBody } from '../../http/json.ts'
import type { HttpRequest } from '../../http/request.ts'
import type { Services } from '../../use-cases/needs.ts'
import { refreshSession } from '../../use-cases/refresh-session.ts'
import { renew } from '../../use-cases/renew.ts'
import { sessionOnWire, userOnWire } from './wire.ts'

/** POST /session/refresh: rights of today, in tokens for a token, in a cookie for a cookie and nowhere else. Contract §5; refused with why the session ended. */
export async function refresh(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const presented = readJsonBody(request).optionalText('refresh_token')
  if (presented) return noStoreJson(200, await refreshSession(presented, services, request.peer.address))

  const { settings } = services
  const cookie = readCookie(request, 'session', settings)
  if (cookie === undefined) throw nothingToRefresh()
  requireOwnPage(request, settings)
  const { user, session, access } = await renew(cookie, request.peer.address, services)
  const answer = noStoreJson(200, { user: userOnWire(user), session: sessionOnWire(session) })
  return { ...answer, cookies: [setCookie('access', access.token, settings, access.expiresIn)] } // BF-2: no token in a body
}

/** Where one might have been sent under another name, or in a header, too: what is missing is said. RFC 6750 §3: no error in the challenge. */
function nothingToRefresh(): OAuthError {
  return new OAuthError('invalid_token', 'no_credential', {
    description: 'There is no refresh_token in the JSON body, and no session cookie. Send one of them, or sign in.',
    headers: { 'www-authenticate': 'Bearer' },
  })
}
