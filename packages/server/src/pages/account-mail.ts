import { OAuthError } from '../errors.ts'
import { type HttpAnswer, seeOther } from '../http/answer.ts'
import type { HttpRequest } from '../http/request.ts'
import { sealAccountForm } from '../use-cases/account-form.ts'
import type { Services } from '../use-cases/needs.ts'
import { askToVerify } from '../use-cases/verify-mail.ts'
import { type Owner, ownerOf } from './account-owner.ts'
import { readOwnForm } from './account-page.ts'
import { formCookie } from './form-cookie.ts'
import { tooManyTries } from './mail-page.ts'
import { type PageFacts, pageAnswer } from './page-answer.ts'
import { type MailView, mailView } from './views/mail-view.ts'

/** GET /account/mail: the form for a mail address. */
export async function accountMailForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const owner = await ownerOf(request, services)
  return owner ? form(owner, request, services) : seeOther(`${services.settings.basePath}/account`)
}

/** POST /account/mail: mails a link there. The address is theirs once it was used; until then nothing is changed. */
export async function postAccountMail(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const read = await readOwnForm(request, services)
  if ('answer' in read) return read.answer
  const { owner } = read
  const mail = (read.form.optional('mail') ?? '').slice(0, 320)
  const given = { mail, password: read.form.optional('current_password') ?? '', address: request.peer.address }
  try {
    await askToVerify({ ...given, sub: owner.user.sub, device: owner.session.sid }, services)
  } catch (error) {
    const refused = refusalOf(error)
    if (!refused) throw error
    return form(owner, request, services, { typed: mail, ...refused })
  }
  const lead = ['If nobody else has shown that this address is theirs, a link is on its way. It is good for 60 minutes, once.']
  const links = [{ href: `${services.settings.basePath}/account`, text: 'Your account' }]
  const view = { heading: 'Look in your mail', lead: [...lead, 'Until it is used, nothing is changed.'], links, lit: true, status: true }
  return pageAnswer({ lit: true }, services, (frame) => mailView({ ...frame, ...view }))
}

type Refused = { readonly problem: NonNullable<MailView['problem']>; readonly facts: Partial<PageFacts> }

function refusalOf(error: unknown): Refused | undefined {
  const tooMany = tooManyTries(error)
  if (tooMany || !(error instanceof OAuthError)) return tooMany
  const what = 'Nothing was changed.'
  if (error.code === 'invalid_credentials')
    return { problem: { what, todo: 'The present password is not this one.' }, facts: { status: 400 } }
  if (error.reason === 'mail') return { problem: { what, todo: 'That is not a mail address.' }, facts: { status: 400 } }
  return undefined
}

function form(
  { user }: Owner,
  request: HttpRequest,
  services: Services,
  more: Partial<Refused> & { readonly typed?: string } = {},
): HttpAnswer {
  const { basePath } = services.settings
  const browser = formCookie(request, services)
  const { mail, mailVerified } = user
  const now = mail === undefined ? 'No address is known.' : mailVerified ? `It is ${mail}.` : `It is ${mail}, which is not verified.`
  const view: Omit<MailView, 'nonce'> = {
    heading: 'Your mail address',
    lead: [now, 'A link goes to the address that you type. Whoever reads mail there can set a new password.'],
    form: {
      action: `${basePath}/account/mail`,
      hidden: { csrf: sealAccountForm(browser.value, user.sub, services) },
      field: { kind: 'address', identifier: user.identifier ?? user.sub, typed: more.typed ?? mail ?? '' },
      ...{ button: 'Mail me a link', busy: 'Asking…' },
    },
    links: [{ href: `${basePath}/account`, text: 'Leave it as it is' }],
    lit: true,
    ...(more.problem ? { problem: more.problem } : {}),
  }
  return pageAnswer({ lit: true, ...more.facts, cookies: browser.cookies }, services, (frame) => mailView({ ...frame, ...view }))
}
