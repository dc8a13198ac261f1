import type { Grant } from '../domain/grant.ts'
import type { Seconds } from '../domain/instant.ts'
import type { Session } from '../domain/session.ts'
import { type HttpAnswer, seeOther } from '../http/answer.ts'
import { type Form, readForm } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { sealAccountForm } from '../use-cases/account-form.ts'
import type { Services } from '../use-cases/needs.ts'
import { type Account, type Allowance, viewAccount } from '../use-cases/view-account.ts'
import { type Owner, ownerOf, requireOwnAccountForm } from './account-owner.ts'
import { formCookie } from './form-cookie.ts'
import { type PageFacts, pageAnswer } from './page-answer.ts'
import { scopeWords } from './scope-words.ts'
import { type AccountView, accountView, type DoneView } from './views/account-view.ts'
import type { AllowedView } from './views/allowed-row.ts'
import type { DeviceView } from './views/device-row.ts'
import { placeWords } from './views/place-words.ts'
import { listOf } from './views/words.ts'

/** Rows that are shown at most: more are no help to a person. */
const most = 100

/** So many seconds a person waits before a page for the confirmation: a long lease is longer. Then it says what is open, and where to look again. */
export const PAGE_PATIENCE: Seconds = 10

/** What the page says besides the list. `gone`: devices that were signed out just now; their dark windows stay. */
export interface AccountFacts {
  readonly done?: DoneView
  readonly problem?: AccountView['problem']
  readonly gone?: { readonly ids: ReadonlySet<string>; readonly everywhere: boolean }
  readonly facts?: Partial<PageFacts>
}

/** The page itself. */
export function accountPage(
  { user, session }: Owner,
  { sessions, offline, clientNames, allowed, name }: Account,
  request: HttpRequest,
  services: Services,
  { done, problem, gone, facts }: AccountFacts = {},
): HttpAnswer {
  const { settings, world } = services
  const browser = formCookie(request, services)
  const at = (path: string): string => `${settings.basePath}${path}`
  const dark = (id: string): Pick<DeviceView, 'gone'> => (gone?.ids.has(id) ? { gone: { everywhere: gone.everywhere } } : {})
  const devices = sessions.map((one) => ({ ...deviceOf(one, one.sid === session.sid), ...dark(one.sid) }))
  const apps = offline.map((one) => ({ ...appOf(one, clientNames), ...dark(one.gid) }))
  const own = devices.filter(({ current }) => current)
  const shown = [...own, ...devices.filter(({ current }) => !current)].slice(0, most)
  const cookies = [...browser.cookies, ...(facts?.cookies ?? [])]
  return pageAnswer({ lit: true, ...facts, cookies }, services, (frame) =>
    accountView({
      ...frame,
      ...{ action: at('/account/sign-out'), withdrawAction: at('/account/withdraw'), again: at('/account') },
      csrf: sealAccountForm(browser.value, user.sub, services),
      user: { name: name ?? user.name ?? user.identifier ?? user.sub },
      signOutHref: at('/end-session'),
      devices: shown,
      apps: apps.slice(0, most),
      allowed: allowed.slice(0, most).map((one) => ({ ...allowedOf(one), gone: gone?.ids.has(one.clientId) ?? false })),
      ...(devices.length > most ? { more: devices.length - most } : {}),
      ...(services.accounts.builtIn ? { passwordHref: at('/account/password') } : {}),
      ...(services.mail ? { mail: { href: at('/account/mail'), address: user.mail, verified: user.mailVerified === true } } : {}),
      ...(done && { done }),
      ...(problem && { problem }),
      now: world.wall(),
    }),
  )
}

/** What a session is called. */
export function nameOf(device: Session | Grant, clientNames: Account['clientNames']): string {
  if (!('gid' in device)) return device.device ?? 'A device without a name'
  const client = clientNames.get(device.clientId) ?? device.clientId
  return device.device === undefined ? client : `${client}, ${device.device}`
}

function deviceOf(session: Session, current: boolean): DeviceView {
  const place = session.address === undefined ? undefined : placeWords(session.address)
  return {
    id: session.sid,
    name: nameOf(session, new Map()),
    current,
    ...(place === undefined ? {} : { place }),
    since: session.createdAt,
    lastUsed: session.lastUsedAt,
    knownTo: (session.idleExpiresAt - session.lastUsedAt) / 100, // domain/session.ts, touched
  }
}

function appOf(grant: Grant, clientNames: Account['clientNames']): DeviceView {
  const may = grant.scope.split(' ').flatMap((scope) => (scope === '' || scope === 'offline_access' ? [] : scopeWords(scope).text))
  return {
    id: grant.gid,
    name: nameOf(grant, clientNames),
    ...(may.length === 0 ? {} : { may: listOf(may) }),
    since: grant.createdAt,
    lastUsed: grant.lastUsedAt,
    knownTo: 0,
    endsAt: Math.min(grant.idleExpiresAt, grant.expiresAt),
  }
}

function allowedOf({ clientId, name, hosts, scopes, since }: Allowance): Omit<AllowedView, 'gone'> {
  return { id: clientId, name, hosts: listOf(hosts), may: listOf(scopes.map((scope) => scopeWords(scope).text)), since }
}

/** What a form of the account page brought: whose it is, that it is ours; or the answer where nothing is to be done. */
export async function readOwnForm(
  request: HttpRequest,
  services: Services,
): Promise<{ readonly owner: Owner; readonly form: Form } | { readonly answer: HttpAnswer }> {
  const form = readForm(request)
  // Nobody is signed in any more: there is nothing that this could be done to.
  const owner = await ownerOf(request, services)
  if (!owner) return { answer: seeOther(`${services.settings.basePath}/account`) }
  const state = requireOwnAccountForm(request, form, owner.user.sub, services)
  if (state === 'own') return { owner, form }
  const problem = { what: 'This page waited too long.', todo: 'Nothing was done. It is fresh now: try again.' }
  const list = await viewAccount(owner.user.sub, services)
  return { answer: accountPage(owner, list, request, services, { problem, facts: { status: 400 } }) }
}
