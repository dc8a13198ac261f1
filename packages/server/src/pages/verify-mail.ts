import type { HttpAnswer } from '../http/answer.ts'
import { readQuery } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Services } from '../use-cases/needs.ts'
import { verifyMail } from '../use-cases/verify-mail.ts'
import { type LinkProblem, linkPage, mailPage, overPage, readMailForm, waited } from './mail-page.ts'

/** GET /verify-mail: asks whether the address is theirs. It changes nothing (PR-3). */
export async function verifyMailForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  return show(readQuery(request).optional('token') ?? '', request, services)
}

/** POST /verify-mail: yes. Nobody need be signed in for it: the link came to the address. */
export async function postVerifyMail(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const { form, isOwn } = readMailForm(request, services)
  const token = form.optional('token') ?? ''
  if (!isOwn) return show(token, request, services, waited)
  try {
    const { mail } = await verifyMail(token, services)
    const view = { heading: 'This address is yours', lead: [`${mail} is verified.`], lit: true, status: true }
    return mailPage({ ...view, links: [{ href: `${services.settings.basePath}/account`, text: 'Your account' }] }, request, services)
  } catch (error) {
    return overPage(error, undefined, request, services)
  }
}

function show(token: string, request: HttpRequest, services: Services, problem?: LinkProblem): Promise<HttpAnswer> {
  return linkPage(
    { token, purpose: 'verify', problem },
    ({ link, user }) => {
      const whose = user.identifier !== undefined && user.identifier !== link.mail ? `the account ${user.identifier}` : 'your account'
      return {
        heading: 'Is this your address?',
        // Whoever made an account with somebody else's address would share it with them from then on.
        lead: [`${link.mail} was given for ${whose}.`, 'If you did not do that, close this page: somebody else knows the password.'],
        form: { action: '/verify-mail', hidden: { token }, button: 'Yes, it is mine', busy: 'Noting it…' },
      }
    },
    request,
    services,
  )
}
