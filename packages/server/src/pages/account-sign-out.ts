import type { HttpAnswer } from '../http/answer.ts'
import { deleteSessionCookies } from '../http/cookies.ts'
import { readWait } from '../http/prefer.ts'
import type { HttpRequest } from '../http/request.ts'
import { type Ended, end } from '../use-cases/end.ts'
import { findDevice } from '../use-cases/find-device.ts'
import type { Services } from '../use-cases/needs.ts'
import { type Account, viewAccount } from '../use-cases/view-account.ts'
import type { Owner } from './account-owner.ts'
import { type AccountFacts, accountPage, nameOf, PAGE_PATIENCE, readOwnForm } from './account-page.ts'
import { receiptView, signedOutPage } from './signed-out.ts'

/** POST /account/sign-out: `device` is one of the user's own, or `others`. The answer comes when it is confirmed, with the receipt (SS-3, S19, S20). */
export async function postAccountSignOut(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const read = await readOwnForm(request, services)
  if ('answer' in read) return read.answer
  const { owner, form } = read
  const { sub } = owner.user
  const how = { why: 'signed_out', wait: readWait(request) ?? PAGE_PATIENCE, reader: 'user' } as const
  const before = await viewAccount(sub, services)
  const device = form.required('device')
  // One entry a device, never a cut, which would end this one, too.
  if (device === 'others') {
    const ended = await end({ othersOf: sub, except: owner.session.sid }, how, services)
    return afterwards(owner, { before, ended, whom: 'any of them' }, request, services)
  }
  const target = await findDevice(sub, device, services)
  if (!target) {
    const problem = {
      what: 'That device is not there any more.',
      todo: 'Nothing was done. The devices below are those that are signed in.',
    }
    return accountPage(owner, before, request, services, { problem, facts: { status: 404 } })
  }
  const ended = await end(target, how, services)
  if (device === owner.session.sid) {
    const forget = { headers: { 'clear-site-data': '"cache"' }, cookies: deleteSessionCookies(services.settings) } // ES-6, BF-10
    return signedOutPage({ ended, signInHref: `${services.settings.basePath}/account` }, services, forget)
  }
  return afterwards(owner, { before, ended, device, whom: 'it' }, request, services)
}

/** The list as it was, with what ended dark, and the receipt above it. */
async function afterwards(
  owner: Owner,
  what: { readonly before: Account; readonly ended: Ended; readonly device?: string; readonly whom: string },
  request: HttpRequest,
  services: Services,
): Promise<HttpAnswer> {
  const { before, ended, device, whom } = what
  const after = await viewAccount(owner.user.sub, services)
  const alive = new Set([...after.sessions.map(({ sid }) => sid), ...after.offline.map(({ gid }) => gid)])
  const listed = [...before.sessions, ...before.offline]
  // Of one device the receipt is about that one alone: what another tab ended meanwhile may have a higher number. With all others it covers
  // whatever went before it.
  const isMeant = (id: string): boolean => (device === undefined ? true : id === device) && !alive.has(id)
  const ids = new Set(listed.map((one) => ('gid' in one ? one.gid : one.sid)).filter(isMeant))
  const receipt = receiptView(ended, true, services)
  const one = listed.find((row) => ('gid' in row ? row.gid : row.sid) === device)
  const name = one ? nameOf(one, before.clientNames) : 'That device'
  const heading = device !== undefined ? `${name} is signed out.` : ended.ended > 0 ? 'All other devices are signed out.' : undefined
  // Nothing was there to end: no receipt is made up of that.
  if (heading === undefined) return accountPage(owner, after, request, services)
  const everywhere = receipt.outcome === 'confirmed' && receipt.uncovered.length === 0
  // What others did to the list meanwhile is in `after`; what this ended stays, dark.
  const list: Account = {
    ...{ ...after, clientNames: before.clientNames },
    sessions: [...after.sessions, ...before.sessions.filter(({ sid }) => ids.has(sid))].sort((a, b) => b.createdAt - a.createdAt),
    offline: [...after.offline, ...before.offline.filter(({ gid }) => ids.has(gid))].sort((a, b) => b.createdAt - a.createdAt),
  }
  const facts: AccountFacts = { done: { ...receipt, heading, whom }, gone: { ids, everywhere } }
  return accountPage(owner, list, request, services, facts)
}
