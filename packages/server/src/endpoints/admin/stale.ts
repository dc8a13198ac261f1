import type { HttpAnswer } from '../../http/answer.ts'
import { type JsonBody, readJsonBody } from '../../http/json.ts'
import { readWait } from '../../http/prefer.ts'
import type { HttpRequest } from '../../http/request.ts'
import type { Services } from '../../use-cases/needs.ts'
import { type StaleTarget, stale as staleTarget } from '../../use-cases/stale.ts'
import { endedAnswer } from '../ended-answer.ts'
import { requireTrue } from './end.ts'
import { requireOperator } from './operator.ts'

/** POST /admin/stale: rights changed; tokens from before are refused, sessions live on (P6). What `curfew.stale` does, for a client with the scope `curfew:end`. */
export async function stale(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const client = await requireOperator(request, services)
  const target = readTarget(readJsonBody(request))
  const wait = readWait(request)
  const staled = await staleTarget(target, { wait, reader: 'operator' }, services)
  services.log.info({ event: 'admin.stale', client, seq: staled.confirmed.seq }, 'rights changed, said a client')
  return endedAnswer(staled, { wait, settings: services.settings })
}

function readTarget(body: JsonBody): StaleTarget {
  const target = body.oneOf(['user', 'client', 'everything'])
  if (target === 'user') return { user: body.text('user') }
  if (target === 'client') return { client: body.text('client') }
  requireTrue(body)
  return 'everything'
}
