import { OAuthError } from '../errors.ts'
import { type HttpAnswer, noStoreJson } from '../http/answer.ts'
import { readBasic, readClientCredentials } from '../http/client-credentials.ts'
import { type Form, readForm } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { authenticateClient } from '../use-cases/authenticate-client.ts'
import { authenticateService } from '../use-cases/authenticate-service.ts'
import { type Introspecting, introspect as lookUp } from '../use-cases/introspect.ts'
import type { Services } from '../use-cases/needs.ts'

/** POST /introspect: whether a token is good at this moment. RFC 7662 §2. `token_type_hint` is not needed to tell our tokens apart. */
export async function introspect(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const form = readForm(request)
  const token = form.required('token')
  // Who asks is found out first: strangers take no place in the budget (V5).
  const caller = await readCaller(request, form, services)
  const answer = await services.introspections.spend(() => lookUp(token, caller, services))
  return noStoreJson(200, answer)
}

/** A service with its key, or a client with its secret; a public client proves nothing, so it is told nothing (RFC 7662 §2.1, IN-1). */
async function readCaller(request: HttpRequest, form: Form, services: Services): Promise<Introspecting> {
  const basic = readBasic(request.headers.authorization)
  const service = basic && (await authenticateService(basic, services))
  if (service) return { service }
  const credentials = readClientCredentials(request.headers, form)
  if (credentials.method === 'none') {
    throw new OAuthError('invalid_client', 'public', {
      description: 'Introspection is for services with their key, and for clients with a secret.',
    })
  }
  return { client: (await authenticateClient(credentials, request.peer.address, services)).client }
}
