import { OAuthError } from '../errors.ts'
import { type HttpAnswer, seeOther } from '../http/answer.ts'
import { readWait } from '../http/prefer.ts'
import type { HttpRequest } from '../http/request.ts'
import { sealAccountForm } from '../use-cases/account-form.ts'
import { changePassword } from '../use-cases/change-password.ts'
import type { Services } from '../use-cases/needs.ts'
import { viewAccount } from '../use-cases/view-account.ts'
import { type Owner, ownerOf } from './account-owner.ts'
import { accountPage, PAGE_PATIENCE, readOwnForm } from './account-page.ts'
import { sessionCookies } from './account-sign-in.ts'
import { formCookie } from './form-cookie.ts'
import { pageAnswer } from './page-answer.ts'
import { receiptView } from './signed-out.ts'
import { type PasswordView, passwordView } from './views/password-view.ts'

/** GET /account/password: the form. Only where passwords are kept here. */
export async function passwordForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const owner = await ownerOf(request, services)
  return owner ? form(owner, request, services) : seeOther(`${services.settings.basePath}/account`)
}

/**
 * POST /account/password: every device of the user is signed out, this one gets a new session (SS-1, SS-4, S25). The present password is the
 * fresh login that it asks for: no other proof that somebody sits there is newer.
 */
export async function postPassword(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const read = await readOwnForm(request, services)
  if ('answer' in read) return read.answer
  const { owner } = read
  const { user, session } = owner
  const given = { current: read.form.optional('current_password') ?? '', next: read.form.optional('new_password') ?? '' }
  const from = { sub: user.sub, from: session.sid, device: session.device, address: request.peer.address }
  const before = await viewAccount(user.sub, services)
  let changed: Awaited<ReturnType<typeof changePassword>>
  try {
    changed = await changePassword({ ...from, ...given, cookie: true, wait: readWait(request) ?? PAGE_PATIENCE }, services)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    if (error.code === 'session_ended') return seeOther(`${services.settings.basePath}/account`)
    const problem = problemOf(error)
    if (!problem) throw error
    return form(owner, request, services, { problem, status: error.code === 'too_many_requests' ? 429 : 400, headers: error.headers })
  }
  const { signedIn } = changed
  const after = await viewAccount(user.sub, services)
  const receipt = receiptView(changed, true, services)
  const gone = {
    // The session of before went on under another name: this device is in the list once.
    ids: new Set([...before.sessions.map(({ sid }) => sid), ...before.offline.map(({ gid }) => gid)]),
    everywhere: receipt.outcome === 'confirmed' && receipt.uncovered.length === 0,
  }
  const list = {
    ...{ ...after, clientNames: before.clientNames },
    sessions: [...after.sessions, ...before.sessions.filter(({ sid }) => sid !== session.sid)],
    offline: before.offline,
  }
  return accountPage({ user, session: signedIn.session }, list, request, services, {
    done: { ...receipt, heading: 'Your password is changed, and all other devices are signed out.', whom: 'any of them' },
    gone,
    facts: { headers: { 'clear-site-data': '"cache"' }, cookies: sessionCookies(signedIn, services) },
  })
}

function form(
  { user }: Owner,
  request: HttpRequest,
  services: Services,
  more: { problem?: PasswordView['problem']; status?: number; headers?: Readonly<Record<string, string>> } = {},
): HttpAnswer {
  const { settings } = services
  const browser = formCookie(request, services)
  const { problem, ...facts } = more
  return pageAnswer({ lit: true, cookies: browser.cookies, ...facts }, services, (frame) =>
    passwordView({
      ...frame,
      action: `${settings.basePath}/account/password`,
      csrf: sealAccountForm(browser.value, user.sub, services),
      identifier: user.identifier ?? user.name ?? user.sub,
      passwordLength: settings.passwordLength,
      backHref: `${settings.basePath}/account`,
      ...(problem && { problem }),
    }),
  )
}

function problemOf({ code, description, headers }: OAuthError): PasswordView['problem'] {
  if (code === 'weak_password') return { field: 'new', what: 'The password was not changed.', todo: description ?? 'Choose another one.' }
  if (code === 'invalid_credentials')
    return { field: 'current', what: 'The password was not changed.', todo: 'The present password is not this one.' }
  if (code !== 'too_many_requests') return undefined
  const seconds = Number(headers['retry-after'] ?? 60)
  return { field: 'current', what: 'Too many tries.', todo: `Wait ${seconds} seconds, then try again.` }
}
