import { badToken, notSignedIn, readBearer } from '../../http/bearer.ts'
import { readCookie } from '../../http/cookies.ts'
import { requireOwnPage } from '../../http/csrf.ts'
import type { HttpRequest } from '../../http/request.ts'
import { type Identified, identify } from '../../use-cases/identify.ts'
import type { Services } from '../../use-cases/needs.ts'
import { requireHere } from '../../use-cases/refresh-session.ts'

/** Who is asking, by token or by the browser's cookie; undefined: nobody. A token that is not good is 401, and is never passed over for the cookie. */
export async function readCaller(request: HttpRequest, services: Services): Promise<Identified | undefined> {
  const bearer = readBearer(request)
  if (bearer !== undefined) {
    const caller = await identify({ bearer }, services)
    if (!caller) throw badToken('not_live')
    requireHere(caller, request.peer.address, services)
    return caller
  }
  const cookie = readCookie(request, 'session', services.settings)
  if (cookie === undefined) return undefined
  if (request.method !== 'GET' && request.method !== 'HEAD') requireOwnPage(request, services.settings) // GET changes nothing (BF-4)
  const caller = await identify({ cookie }, services)
  if (caller) requireHere(caller, request.peer.address, services)
  return caller
}

/** The same, where somebody must be signed in. */
export async function requireCaller(request: HttpRequest, services: Services): Promise<Identified> {
  const caller = await readCaller(request, services)
  if (!caller) throw notSignedIn()
  return caller
}

/** The id of the caller's own device: the session, or the offline grant, which is a device of its own (contract §3). */
export function ownDevice({ session, grant }: Pick<Identified, 'session' | 'grant'>): string | undefined {
  return grant?.offline ? grant.gid : (session?.sid ?? grant?.sid)
}
