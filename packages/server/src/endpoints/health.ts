import { type HttpAnswer, noStoreJson } from '../http/answer.ts'
import type { HttpRequest } from '../http/request.ts'
import { isReady } from '../use-cases/is-ready.ts'
import type { Services } from '../use-cases/needs.ts'

/** GET /healthz: the process answers. Only with `curfew serve`. */
export async function alive(_request: HttpRequest, _services: Services): Promise<HttpAnswer> {
  return noStoreJson(200, { status: 'ok' })
}

/** GET /readyz: it can serve: the database answers, and there are keys to sign with. Only with `curfew serve`. */
export async function ready(_request: HttpRequest, services: Services): Promise<HttpAnswer> {
  return (await isReady(services)) ? noStoreJson(200, { status: 'ok' }) : noStoreJson(503, { status: 'not ready' }, { 'retry-after': '1' })
}
