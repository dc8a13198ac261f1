import type { LinkPurpose } from '../domain/mailed-link.ts'
import { OAuthError } from '../errors.ts'
import type { HttpAnswer } from '../http/answer.ts'
import { type Form, readForm } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { isOwnForm, sealForm } from '../use-cases/interaction.ts'
import type { Services } from '../use-cases/needs.ts'
import { type OpenLink, openLink } from '../use-cases/open-link.ts'
import { formCookie, readFormCookie } from './form-cookie.ts'
import { type PageFacts, pageAnswer } from './page-answer.ts'
import type { PageFrame } from './views/layout.ts'
import { type MailView, mailView } from './views/mail-view.ts'
import { waitWords } from './views/words.ts'

type View = Omit<MailView, keyof PageFrame | 'form'> & {
  /** Its path, below the base path; the synchronizer token is added (contract §6). */
  readonly form?: NonNullable<MailView['form']>
}

/** Shows a page about a mail. Its address may hold the secret of a link: no page of ours tells its address to others (PR-1). */
export function mailPage(view: View, request: HttpRequest, services: Services, facts: Partial<PageFacts> = {}): HttpAnswer {
  const browser = formCookie(request, services)
  const { form } = view
  const own = form && {
    ...form,
    action: `${services.settings.basePath}${form.action}`,
    hidden: { csrf: sealForm(browser.value, services), ...form.hidden },
  }
  const { form: _, ...rest } = view
  return pageAnswer({ lit: view.lit, ...facts, cookies: [...(form ? browser.cookies : []), ...(facts.cookies ?? [])] }, services, (frame) =>
    mailView({ ...frame, ...rest, ...(own ? { form: own } : {}) }),
  )
}

/** What was posted; `isOwn` false: by nobody's page of ours, or one that waited too long. Then nothing is done, and the page is shown again. */
export function readMailForm(request: HttpRequest, services: Services): { readonly form: Form; readonly isOwn: boolean } {
  const form = readForm(request)
  return { form, isOwn: isOwnForm(form.optional('csrf'), readFormCookie(request, services), services) }
}

/** Voice 7. */
export const waited = {
  what: 'This page waited too long.',
  todo: 'Try again, and nothing is lost. Cookies must be allowed for this site.',
} as const

/** The page that a mailed link leads to, by what is behind it. It changes nothing: a mail scanner may look at it (PR-3). */
export async function linkPage(
  { token, purpose, again, problem, facts = problem ? { status: 400 } : {} }: LinkPage,
  view: (open: OpenLink) => Omit<View, 'lit' | 'problem'>,
  request: HttpRequest,
  services: Services,
): Promise<HttpAnswer> {
  try {
    const open = await openLink(token, purpose, services)
    return mailPage({ ...view(open), lit: true, ...(problem ? { problem } : {}) }, request, services, facts)
  } catch (error) {
    return overPage(error, again, request, services)
  }
}

interface LinkPage {
  readonly token: string
  readonly purpose: LinkPurpose
  /** Where another one is asked for. */
  readonly again?: Link
  readonly problem?: LinkProblem | undefined
  readonly facts?: Partial<PageFacts> | undefined
}

/** Why nothing was done. */
export type LinkProblem = NonNullable<MailView['problem']>

type Link = { readonly href: string; readonly text: string }

/** The page of a link that cannot be used: all reasons look alike. Anything else goes on as it came. */
export function overPage(error: unknown, again: Link | undefined, request: HttpRequest, services: Services): HttpAnswer {
  if (!(error instanceof OAuthError) || error.code !== 'invalid_link') throw error
  services.log.info({ event: 'link.refused', reason: error.reason, request_id: request.id }, 'a mailed link was refused')
  const view = {
    heading: 'This link does not work any more',
    lead: ['It was used before, is too old, or a newer one was mailed. Nothing was changed.'],
    lit: false,
    ...(again ? { links: [again] } : {}),
  }
  return mailPage(view, request, services, { status: 400 })
}

/** Voice 6, or undefined: it is another refusal. */
export function tooManyTries(
  error: unknown,
): { readonly problem: NonNullable<MailView['problem']>; readonly facts: Partial<PageFacts> } | undefined {
  if (!(error instanceof OAuthError) || error.code !== 'too_many_requests') return undefined
  const todo = `Wait ${waitWords(Number(error.headers['retry-after'] ?? 60))}, then try again.`
  return { problem: { what: 'Too many tries.', todo }, facts: { status: 429, headers: error.headers } }
}
