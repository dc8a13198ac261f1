import type { HttpAnswer } from '../http/answer.ts'
import { readQuery } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { askForLink } from '../use-cases/ask-for-link.ts'
import { openInteraction } from '../use-cases/interaction.ts'
import type { Services } from '../use-cases/needs.ts'
import { readFormCookie } from './form-cookie.ts'
import { mailPage, readMailForm, tooManyTries, waited } from './mail-page.ts'
import type { PageFacts } from './page-answer.ts'
import type { MailView } from './views/mail-view.ts'

/** The two things that a link can be asked for, in words. */
const asks = {
  reset: {
    path: '/forgot-password',
    heading: 'Forgot your password?',
    lead: ['Say who you are, and we mail you a link to choose a new one.'],
    minutes: 30,
  },
  sign_in: {
    path: '/mail-me',
    heading: 'Sign in by mail',
    lead: ['Say who you are, and we mail you a link that signs you in.'],
    minutes: 15,
  },
} as const

type Purpose = keyof typeof asks

/** GET /forgot-password: who is it? */
export async function forgotPasswordForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  return ask('reset', readQuery(request).optional('interaction'), request, services)
}

/** POST /forgot-password: the same answer for everybody, before anything is looked at (PR-1). */
export async function postForgotPassword(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  return post('reset', request, services)
}

/** GET /mail-me: who is it? Only with `accounts.mailLink`. */
export async function mailMeForm(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  return ask('sign_in', readQuery(request).optional('interaction'), request, services)
}

/** POST /mail-me: mails a link that signs in. */
export async function postMailMe(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  return post('sign_in', request, services)
}

async function post(purpose: Purpose, request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const { form, isOwn } = readMailForm(request, services)
  const interaction = form.optional('interaction')
  const typed = (form.optional('identifier') ?? '').slice(0, 256)
  const again = { typed, problem: waited, facts: { status: 400 } }
  if (!isOwn) return ask(purpose, interaction, request, services, again)
  try {
    await askForLink({ purpose, typed, address: request.peer.address }, services)
  } catch (error) {
    const tooMany = tooManyTries(error)
    if (!tooMany) throw error
    return ask(purpose, interaction, request, services, { typed, ...tooMany })
  }
  const carried = ownInteraction(interaction, request, services)
  const goOn =
    purpose === 'sign_in' && carried
      ? [{ href: `${services.settings.basePath}/consent?interaction=${encodeURIComponent(carried)}`, text: 'I am signed in: go on' }]
      : []
  const { minutes } = asks[purpose]
  const view = {
    heading: 'Look in your mail',
    lead: [
      `If there is an account of that name whose address we know, a link is on its way. It is good for ${minutes} minutes, once.`,
      'Nothing came? Look among the unwanted mail, and check the name.',
      ...(goOn.length > 0 ? ['Open the link in this browser, then come back here.'] : []),
    ],
    links: goOn,
    lit: true,
    status: true,
  }
  return mailPage(view, request, services)
}

function ask(
  purpose: Purpose,
  interaction: string | undefined,
  request: HttpRequest,
  services: Services,
  more: { typed?: string; problem?: NonNullable<MailView['problem']>; facts?: Partial<PageFacts> } = {},
): HttpAnswer {
  const { path, heading, lead } = asks[purpose]
  const { settings } = services
  const carried = ownInteraction(interaction, request, services)
  const back = carried ? `/sign-in?interaction=${encodeURIComponent(carried)}` : '/account'
  const field = { kind: 'name' as const, ...(more.typed ? { typed: more.typed } : {}) }
  const view = {
    ...{ heading, lead, lit: true, links: [{ href: `${settings.basePath}${back}`, text: 'Back to the sign-in' }] },
    form: { action: path, hidden: { interaction: carried }, field, button: 'Mail me a link', busy: 'Asking…' },
    ...(more.problem ? { problem: more.problem } : {}),
  }
  return mailPage(view, request, services, more.facts)
}

/** The authorization that waits, where it is this browser's (AZ-19): anything else is dropped. */
function ownInteraction(sealed: string | undefined, request: HttpRequest, services: Services): string | undefined {
  if (sealed === undefined) return undefined
  return openInteraction(sealed, readFormCookie(request, services), services).outcome === 'foreign' ? undefined : sealed
}
