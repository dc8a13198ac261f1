import { type HttpAnswer, noStoreJson } from '../../http/answer.ts'
import type { HttpRequest } from '../../http/request.ts'
import type { Services } from '../../use-cases/needs.ts'
import { readCaller } from './caller.ts'
import { offlineOnWire, sessionOnWire, userOnWire } from './wire.ts'

/** GET /session: who am I? Nobody is an answer, too; a token that is not good is none. Contract §5. */
export async function session(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const caller = await readCaller(request, services)
  if (!caller) return noStoreJson(200, { user: null, session: null })
  const { user, grant } = caller
  const device = grant?.offline ? offlineOnWire(grant) : caller.session ? sessionOnWire(caller.session) : null
  return noStoreJson(200, { user: userOnWire(user), session: device })
}
