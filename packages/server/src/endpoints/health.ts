import { type HttpAnswer, noStoreJson } from '../http/answer.ts'
import { whatIsWrong } from '../use-cases/is-ready.ts'
import type { Services } from '../use-cases/needs.ts'

/** GET /healthz: the process answers. Only with `curfew serve`. */
export async function alive(): Promise<HttpAnswer> {
  return noStoreJson(200, { status: 'ok' })
}

/** GET /readyz: it can serve: the database answers, and there are keys to sign with; or what is wrong, in words. Only with `curfew serve`. */
export async function ready(services: () => Promise<Services>, world: Services['world']): Promise<HttpAnswer> {
  const problem = await whatIsWrong(services, world)
  if (problem === undefined) return noStoreJson(200, { status: 'ok' })
  return noStoreJson(503, { status: 'not ready', problem }, { 'retry-after': '1' })
}
