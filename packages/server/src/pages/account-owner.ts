import type { Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'
import { OAuthError } from '../errors.ts'
import { readCookie } from '../http/cookies.ts'
import type { Form } from '../http/form.ts'
import type { HttpRequest } from '../http/request.ts'
import { openAccountForm } from '../use-cases/account-form.ts'
import { identify } from '../use-cases/identify.ts'
import type { Services } from '../use-cases/needs.ts'
import { requireHere } from '../use-cases/refresh-session.ts'
import { readFormCookie } from './form-cookie.ts'

/** Whose page it is: by the browser's session cookie, and by nothing else. */
export interface Owner {
  readonly user: User
  readonly session: Session
}

/** Who is signed in at this browser. Bound to another network, with each request looked at: nobody here, and asked to sign in (S2). */
export async function ownerOf(request: HttpRequest, services: Services): Promise<Owner | undefined> {
  const found = await identify({ cookie: readCookie(request, 'session', services.settings) }, services)
  if (!found?.session) return undefined
  try {
    requireHere(found, request.peer.address, services)
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
  return { user: found.user, session: found.session }
}

/** The synchronizer token; and, where the browser says it, that a page of our own sent the form (BF-4, BF-5). */
export function requireOwnAccountForm(request: HttpRequest, form: Form, whose: string | undefined, services: Services): 'own' | 'expired' {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new OAuthError('csrf', site.slice(0, 20))
  const state = openAccountForm(form.optional('csrf'), readFormCookie(request, services), whose, services)
  if (state === 'foreign') throw new OAuthError('csrf', 'form_foreign')
  return state
}
