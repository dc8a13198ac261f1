import { readCookie } from '../http/cookies.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Visitor } from '../use-cases/begin-authorization.ts'
import type { Services } from '../use-cases/needs.ts'

/** Whose browser sends a request, as far as it says, and from where. */
export function visitorOf(request: Pick<HttpRequest, 'headers' | 'peer'>, { settings }: Pick<Services, 'settings'>): Visitor {
  return { cookie: readCookie(request, 'session', settings), address: request.peer.address }
}
