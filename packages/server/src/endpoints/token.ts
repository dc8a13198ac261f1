import type { GrantType } from '../domain/client.ts'
import { OAuthError } from '../errors.ts'
import { type HttpAnswer, noStoreJson } from '../http/answer.ts'
import { readClientCredentials } from '../http/client-credentials.ts'
import { type Form, readForm } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { authenticateClient, type Caller } from '../use-cases/authenticate-client.ts'
import { issueClientToken } from '../use-cases/issue-client-token.ts'
import type { Services, TokenAnswer } from '../use-cases/needs.ts'
import { redeemCode } from '../use-cases/redeem-code.ts'
import { refresh } from '../use-cases/refresh.ts'

type Grant = (form: Form, caller: Caller, services: Services, address: string | undefined) => Promise<TokenAnswer>

/** A grant type that is not in this table does not exist. */
const grants: Readonly<Record<GrantType, Grant>> = {
  // RFC 6749 §4.1.3
  authorization_code: (form, { client }, services, address) => redeemCode({ ...readCode(form), address }, client, services),
  // RFC 6749 §6
  refresh_token: (form, { client }, services, address) =>
    refresh(form.required('refresh_token'), client, services, { ...readTarget(form), address }),
  // RFC 6749 §4.4
  client_credentials: (form, caller, services) => issueClientToken(readTarget(form), caller, services),
}

/** POST /token: a client trades a grant for tokens. RFC 6749 §3.2; answers §5.1; refusals §5.2, rendered by http/respond.ts. */
export async function token(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const form = readForm(request)
  // RFC 6749 §2.3. The caller is the client and the position read before its secret was checked (P1): a client token is born there.
  const caller = await authenticateClient(readClientCredentials(request.headers, form), request.peer.address, services)
  const type = form.required('grant_type')
  if (!isGrantType(type)) {
    throw new OAuthError('unsupported_grant_type', 'grant_type', { description: `grant_type must be ${Object.keys(grants).join(', ')}.` })
  }
  if (!caller.client.grants.includes(type)) {
    throw new OAuthError('unauthorized_client', type, { description: `This client is not registered for ${type}.` }) // TK-7
  }
  return noStoreJson(200, await grants[type](form, caller, services, request.peer.address), { pragma: 'no-cache' }) // RFC 6749 §5.1
}

function isGrantType(type: string): type is GrantType {
  return Object.hasOwn(grants, type)
}

function readCode(form: Form): Parameters<typeof redeemCode>[0] {
  return {
    code: form.required('code'),
    verifier: form.required('code_verifier'),
    redirectUri: form.optional('redirect_uri'),
    resource: form.optional('resource'),
  }
}

function readTarget(form: Form): { scope: string | undefined; resource: string | undefined } {
  return { scope: form.optional('scope'), resource: form.optional('resource') }
}
