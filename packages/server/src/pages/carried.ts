import { OAuthError } from '../errors.ts'
import type { Form } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { type Interaction, isOwnForm, openInteraction } from '../use-cases/interaction.ts'
import type { Services } from '../use-cases/needs.ts'
import { readFormCookie } from './form-cookie.ts'

/** What a page carried, found good for this browser. */
export interface Carried {
  readonly interaction: Interaction
  /** As it was sent. */
  readonly sealed: string
  /** Ten minutes are over: it may only begin again. */
  readonly expired: boolean
}

/**
 * Takes what a page carries. One that was made for another browser, or by nobody, is refused (AZ-19). `posted`: with the synchronizer token
 * too (contract §6); one that expired with its page is no attack, but does nothing.
 */
export function readCarried(request: HttpRequest, form: Form, services: Services, { posted }: { posted: boolean }): Carried {
  const browser = readFormCookie(request, services)
  const sealed = form.required('interaction')
  const opened = openInteraction(sealed, browser, services)
  if (opened.outcome === 'foreign') throw new OAuthError('csrf', 'interaction_foreign')
  const expired = opened.outcome === 'expired'
  if (posted && !expired && !isOwnForm(form.optional('csrf'), browser, services)) throw new OAuthError('csrf', 'form_foreign')
  return { interaction: opened.interaction, sealed, expired }
}
