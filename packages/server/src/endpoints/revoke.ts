import { type HttpAnswer, noStoreJson } from '../http/answer.ts'
import { readClientCredentials } from '../http/client-credentials.ts'
import { readForm } from '../http/form.ts'
import { readWait, waitApplied } from '../http/prefer.ts'
import type { HttpRequest } from '../http/request.ts'
import { authenticateClient } from '../use-cases/authenticate-client.ts'
import type { Services } from '../use-cases/needs.ts'
import { revokeToken } from '../use-cases/revoke-token.ts'
import { endedAnswer } from './ended-answer.ts'

/**
 * POST /revoke. RFC 7009 §2: a client gives a token up, and the answer comes when no service accepts it any more (S6). Always 200, confirmed
 * or not (§2.2; contract §5); `token_type_hint` is not needed to tell our tokens apart.
 */
export async function revoke(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const form = readForm(request)
  const { client } = await authenticateClient(readClientCredentials(request.headers, form), request.peer.address, services)
  const wait = readWait(request)
  const ended = await revokeToken(form.required('token'), client, wait, services)
  // §2.2: unknown, foreign or over: there is nothing of this client's that anybody would accept.
  if (!ended) return noStoreJson(200, { ended: 0, confirmed: true }, waitApplied(wait))
  return { ...endedAnswer(ended, { wait, settings: services.settings }), status: 200 }
}
