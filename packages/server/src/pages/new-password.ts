import { OAuthError } from '../errors.ts'
import type { HttpAnswer } from '../http/answer.ts'
import { deviceCookie, readCookie } from '../http/cookies.ts'
import { readQuery } from '../http/form.ts'
import { readWait } from '../http/prefer.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'
import { resetPassword } from '../use-cases/reset-password.ts'
import { type LinkProblem, linkPage, mailPage, overPage, readMailForm, tooManyTries, waited } from './mail-page.ts'
import type { PageFacts } from './page-answer.ts'
import { receiptView } from './signed-out.ts'
import { receiptSentences } from './views/receipt-sentences.ts'

/** GET /new-password: the page that a mailed link leads to. It changes nothing: a mail scanner may look at it (PR-3). */
export async function newPasswordForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  return show(readQuery(request).optional('token') ?? '', request, services)
}

/** POST /new-password: sets it, and signs every device out (S25, SS-4). Nobody is signed in by it (PR-2). */
export async function postNewPassword(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const { form, isOwn } = readMailForm(request, services)
  const token = form.optional('token') ?? ''
  if (!isOwn) return show(token, request, services, { problem: waited })
  try {
    const given = { token, next: form.optional('new_password') ?? '', wait: readWait(request) }
    const ended = await resetPassword({ ...given, deviceToken: readCookie(request, 'device', services.settings) }, services)
    const receipt = receiptView(ended, true, services)
    return mailPage(
      {
        heading: 'Your password is changed',
        lead: ['Every device is signed out.', ...receiptSentences({ ...receipt, everywhere: true })],
        links: [{ href: `${services.settings.basePath}/account`, text: 'Sign in' }],
        ...{ lit: false, status: true },
      },
      request,
      services,
      { cookies: deviceCookie(ended.deviceToken, services.settings) },
    )
  } catch (error) {
    const tooMany = tooManyTries(error)
    if (tooMany) return show(token, request, services, tooMany)
    if (!(error instanceof OAuthError) || error.code !== 'weak_password') return overPage(error, anew(services), request, services)
    const problem = { what: 'The password was not changed.', todo: error.description ?? 'Choose another one.', isField: true }
    return show(token, request, services, { problem })
  }
}

function show(
  token: string,
  request: HttpRequest,
  services: Services,
  more: { problem?: LinkProblem; facts?: Partial<PageFacts> } = {},
): Promise<HttpAnswer> {
  return linkPage(
    { token, purpose: 'reset', again: anew(services), ...more },
    ({ user }) => ({
      heading: 'Choose a new password',
      lead: ['Every device is signed out by it.'],
      form: {
        action: '/new-password',
        hidden: { token },
        field: { kind: 'password', identifier: user.identifier ?? user.name ?? user.sub, least: services.settings.passwordLength },
        button: 'Change it, and sign every device out',
        does: 'out',
        busy: 'Changing it…',
      },
    }),
    request,
    services,
  )
}

function anew({ settings }: Services): { href: string; text: string } {
  return { href: `${settings.basePath}/forgot-password`, text: 'Ask for a new link' }
}
