import type { HttpAnswer } from '../http/answer.ts'
import { readWait } from '../http/prefer.ts'
import type { HttpRequest } from '../http/request.ts'
import { end } from '../use-cases/end.ts'
import type { Services } from '../use-cases/needs.ts'
import { viewAccount } from '../use-cases/view-account.ts'
import { accountPage, PAGE_PATIENCE, readOwnForm } from './account-page.ts'
import { receiptView } from './signed-out.ts'

/** POST /account/withdraw: takes back what `client` was allowed; all that it got by that is dead when the page answers (RF-5). */
export async function postAccountWithdraw(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const read = await readOwnForm(request, services)
  if ('answer' in read) return read.answer
  const { owner, form } = read
  const { sub } = owner.user
  const before = await viewAccount(sub, services)
  const app = before.allowed.find(({ clientId }) => clientId === form.required('client'))
  if (!app) {
    const problem = { what: 'That app has no access any more.', todo: 'Nothing was done. The apps below are those that have.' }
    return accountPage(owner, before, request, services, { problem, facts: { status: 404 } })
  }
  const how = { why: 'consent_withdrawn', wait: readWait(request) ?? PAGE_PATIENCE, reader: 'user' } as const
  const ended = await end({ withdrawn: app.clientId, by: sub }, how, services)
  const after = await viewAccount(sub, services)
  const lives = new Set(after.allowed.map(({ clientId }) => clientId))
  const receipt = receiptView(ended, true, services)
  return accountPage(
    owner,
    { ...after, allowed: before.allowed.filter(({ clientId }) => clientId === app.clientId || lives.has(clientId)) },
    request,
    services,
    {
      done: { ...receipt, heading: `What ${app.name} was allowed is withdrawn.`, whom: 'what it had' },
      gone: { ids: new Set([app.clientId]), everywhere: receipt.outcome === 'confirmed' && receipt.uncovered.length === 0 },
    },
  )
}
