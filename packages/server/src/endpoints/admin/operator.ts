import { badToken, insufficientScope, notSignedIn, readBearer } from '../../http/bearer.ts'
import type { HttpRequest } from '../../http/request.ts'
import { inspectToken } from '../../use-cases/inspect-token.ts'
import type { Services } from '../../use-cases/needs.ts'

/** What a client must be allowed to end other people's sessions. */
const scope = 'curfew:end'

/** A client's own live token, made for this issuer and nothing else, with the scope `curfew:end` (contract §5). Returns the client's id; a user's token never reaches this far (JV-19). */
export async function requireOperator(request: HttpRequest, services: Services): Promise<string> {
  const bearer = readBearer(request)
  if (bearer === undefined) throw notSignedIn()
  const found = await inspectToken(bearer, services)
  if (found.sort !== 'access' || !found.active) throw badToken(found.sort === 'access' ? found.why : 'no_access_token')
  const { claims } = found
  if (claims.aud !== services.settings.issuer) throw badToken('wrong_audience')
  const isClient = claims.usr === undefined && claims.sub === claims.client_id
  if (!isClient || !(claims.scope ?? '').split(' ').includes(scope)) throw insufficientScope(scope)
  return claims.client_id
}
