import { OAuthError } from '../../errors.ts'
import type { HttpAnswer } from '../../http/answer.ts'
import { type JsonBody, readJsonBody } from '../../http/json.ts'
import { readWait } from '../../http/prefer.ts'
import type { HttpRequest } from '../../http/request.ts'
import { type EndTarget, end as endTarget } from '../../use-cases/end.ts'
import type { Services } from '../../use-cases/needs.ts'
import { endedAnswer } from '../ended-answer.ts'
import { requireOperator } from './operator.ts'

/** POST /admin/end: what `curfew.end` does, for a client with the scope `curfew:end`; with the whole receipt. Contract §5, S4. */
export async function end(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const client = await requireOperator(request, services)
  const target = readTarget(readJsonBody(request), services)
  const wait = readWait(request)
  const ended = await endTarget(target, { why: 'admin', wait, reader: 'operator' }, services)
  services.log.info({ event: 'admin.end', client, seq: ended.confirmed.seq, ended: ended.ended }, 'ended by a client')
  return endedAnswer(ended, { wait, settings: services.settings })
}

function readTarget(body: JsonBody, { signer }: Pick<Services, 'signer'>): EndTarget {
  const target = body.oneOf(['user', 'session', 'grant', 'token', 'client', 'everything'])
  switch (target) {
    case 'user':
      return { user: body.text('user') }
    case 'session':
      return { session: body.text('session') }
    case 'grant':
      return { grant: body.text('grant') }
    case 'client':
      return { client: body.text('client') }
    case 'everything':
      requireTrue(body)
      return 'everything'
    case 'token': {
      const claims = signer.openAccessToken(body.text('token', 16_384))
      if (!claims) throw new OAuthError('invalid_request', 'no_token_of_ours', { description: 'token is no access token of this issuer.' })
      return { token: claims.jti, expiresAt: claims.exp * 1000 }
    }
  }
}

/** `{"everything": false}` must not end everything. */
export function requireTrue(body: JsonBody): void {
  if (body.optionalFlag('everything') === true) return
  throw new OAuthError('invalid_request', 'everything_not_true', { description: 'everything must be true.' })
}
