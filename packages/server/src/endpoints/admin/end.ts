import { OAuthError } from '../../errors.ts'
import type { HttpAnswer } from '../../http/answer.ts'
import { type JsonBody, readJsonBody } from '../../http/json.ts'
import { readWait } from '../../http/prefer.ts'
import type { HttpRequest } from '../../http/request.ts'
import { type EndTarget, end as endWhat } from '../../use-cases/end.ts'
import { endTarget, type Named } from '../../use-cases/end-target.ts'
import type { Services } from '../../use-cases/needs.ts'
import { endedAnswer } from '../ended-answer.ts'
import { requireOperator } from './operator.ts'

/** POST /admin/end: what `curfew.end` does, for a client with the scope `curfew:end`; with the whole receipt. Contract §5, S4. */
export async function end(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const client = await requireOperator(request, services)
  const target = readTarget(readJsonBody(request), services)
  const wait = readWait(request)
  const ended = await endWhat(target, { why: 'admin', wait, reader: 'operator' }, services)
  services.log.info({ event: 'admin.end', client, seq: ended.confirmed.seq, ended: ended.ended }, 'ended by a client')
  return endedAnswer(ended, { wait, settings: services.settings })
}

function readTarget(body: JsonBody, services: Services): EndTarget {
  const target = endTarget(readNamed(body), services)
  if (!target) throw new OAuthError('invalid_request', 'no_token_of_ours', { description: 'token is no token of this issuer.' })
  return target
}

function readNamed(body: JsonBody): Named {
  const what = body.oneOf(['user', 'session', 'grant', 'token', 'client', 'everything'])
  switch (what) {
    case 'user':
      return { user: body.text(what) }
    case 'session':
      return { session: body.text(what) }
    case 'grant':
      return { grant: body.text(what) }
    case 'token':
      return { token: body.text(what, 16_384) }
    case 'client':
      return { client: body.text(what) }
    case 'everything':
      requireTrue(body)
      return what
  }
}

/** `{"everything": false}` must not end everything. */
export function requireTrue(body: JsonBody): void {
  if (body.optionalFlag('everything') === true) return
  throw new OAuthError('invalid_request', 'everything_not_true', { description: 'everything must be true.' })
}
