import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import { badToken, readBearer } from '../../http/bearer.ts'
import { deleteSessionCookies, readCookie } from '../../http/cookies.ts'
import { requireOwnPage } from '../../http/csrf.ts'
import { readJsonBody } from '../../http/json.ts'
import { readWait } from '../../http/prefer.ts'
import type { HttpRequest } from '../../http/request.ts'
import { type EndTarget, end } from '../../use-cases/end.ts'
import { type Identified, identify } from '../../use-cases/identify.ts'
import type { Services } from '../../use-cases/needs.ts'
import { endedAnswer } from '../ended-answer.ts'

/** With every answer that ends the caller's own session: the browser forgets our cookies by name, and what it cached (ES-6, BF-10). Never the host application's cookies. */
export const clearCache: Readonly<Record<string, string>> = { 'clear-site-data': '"cache"' }

/**
 * POST /session/sign-out. Contract §5; protocol S1–S5. The token may be ended or expired, and of any generation: whoever holds one wants
 * it dead (S3). A refresh token may come in the body instead.
 */
export async function signOut(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const { settings } = services
  const wait = readWait(request)
  const bearer = readBearer(request) ?? readJsonBody(request).optionalText('refresh_token')
  if (bearer) {
    const found = await identify({ bearer }, services, { dead: true })
    const target = found && targetOf(found)
    if (!target) throw badToken('not_ours')
    return endedAnswer(await end(target, { why: 'signed_out', wait }, services), { wait, settings, headers: clearCache })
  }

  const cookie = readCookie(request, 'session', settings)
  // A form of another site comes without our cookies (SameSite), and its answer could still delete them: that is for our own pages (BF-4).
  if (cookie === undefined && request.headers['curfew-request'] === undefined) return noStoreJson(200, { ended: 0, confirmed: true })
  requireOwnPage(request, settings)
  const forget = { headers: clearCache, cookies: deleteSessionCookies(settings) }
  // A cookie may be the one of before a fresh sign-in whose answer got lost on its way. The access token beside it still names the session (S3).
  const access = readCookie(request, 'access', settings)
  const byCookie = await identify({ cookie }, services, { dead: true })
  const found = byCookie?.session ? byCookie : access && (await identify({ bearer: access }, services, { dead: true }))
  const target = found && targetOf(found)
  if (!target) return { ...noStoreJson(200, { ended: 0, confirmed: true }, forget.headers), cookies: forget.cookies }
  return endedAnswer(await end(target, { why: 'signed_out', wait }, services), { wait, settings, ...forget })
}

/** The session, if the token dies with it; else the offline grant, which is all that this device has (P3). */
function targetOf({ session, grant, claims }: Identified): EndTarget | undefined {
  if (grant?.offline) return { grant: grant.gid }
  const sid = session?.sid ?? grant?.sid ?? claims?.sid
  return sid === undefined ? undefined : { session: sid }
}
