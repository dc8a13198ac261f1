import { OAuthError } from '../errors.ts'
import { type HttpAnswer, seeOther } from '../http/answer.ts'
import { deleteSessionCookies, readCookie } from '../http/cookies.ts'
import { type Form, readForm, readQuery } from '../http/form.ts'
import { readWait } from '../http/prefer.ts'
import type { HttpRequest } from '../http/request.ts'
import { confirmSignOutPage } from '../pages/confirm-sign-out.ts'
import { readFormCookie } from '../pages/form-cookie.ts'
import { signedOutPage } from '../pages/signed-out.ts'
import { beginSignOut, type SignOutRequest, type SignOutStep } from '../use-cases/begin-sign-out.ts'
import { type EndTarget, end } from '../use-cases/end.ts'
import { isOwnForm } from '../use-cases/interaction.ts'
import type { Services } from '../use-cases/needs.ts'
import { clearCache } from './session/sign-out.ts'

/** GET /end-session: a client sends somebody here to sign out. OpenID Connect RP-Initiated Logout 1.0 §2. */
export async function endSession(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  return answer(readAsked(readQuery(request)), request, services)
}

/** POST /end-session: the same from a client's form (§2), and the answer to our own question, which carries its synchronizer token. */
export async function postEndSession(request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const form = readForm(request)
  const asked = readAsked(form)
  const csrf = form.optional('csrf')
  if (csrf !== undefined) {
    if (!isOwnForm(csrf, readFormCookie(request, services), services)) throw new OAuthError('csrf', 'form_foreign')
    const step = await begin(asked, request, services)
    if (step.outcome !== 'ask') return go(step, request, services)
    const everywhere = form.optional('scope') === 'everywhere'
    return signOut(
      everywhere ? { user: step.session.sub } : { session: step.session.sid },
      { back: step.back, everywhere, isTheirs: true },
      request,
      services,
    )
  }
  const step = await begin(asked, request, services)
  if (step.outcome === 'end' || (step.outcome === 'nobody' && step.hinted)) return go(step, request, services)
  // A POST of another site comes without our cookies (SameSite), a GET with them. What is no use as a hint does not get into the address.
  const { clientId, postLogoutRedirectUri, state } = asked
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ client_id: clientId, post_logout_redirect_uri: postLogoutRedirectUri, state })) {
    if (value !== undefined) query.set(name, value.slice(0, 2048))
  }
  return seeOther(`${services.settings.basePath}/end-session?${query}`)
}

async function answer(asked: SignOutRequest, request: HttpRequest, services: Services): Promise<HttpAnswer> {
  const step = await begin(asked, request, services)
  return step.outcome === 'ask' ? confirmSignOutPage(step, asked, request, services) : go(step, request, services)
}

function begin(asked: SignOutRequest, request: HttpRequest, services: Services): Promise<SignOutStep> {
  const { settings } = services
  const cookies = { session: readCookie(request, 'session', settings), access: readCookie(request, 'access', settings) }
  return beginSignOut(asked, cookies, services)
}

/** Without a question: the client's hint fits, or there is nobody to ask. */
function go(step: Exclude<SignOutStep, { outcome: 'ask' }>, request: HttpRequest, services: Services): Promise<HttpAnswer> | HttpAnswer {
  if (step.outcome === 'end') return signOut({ session: step.sid }, { back: step.back, isTheirs: step.isTheirs }, request, services)
  const forget = forgotten(request, services)
  // §3: sent on only for a client that proved to know whom it is about; everybody else finds a link (ES-3).
  if (step.hinted && step.back !== undefined)
    return { ...seeOther(step.back, forget.cookies), headers: { ...seeOther(step.back).headers, ...forget.headers } }
  return signedOutPage({ back: step.back }, services, forget)
}

async function signOut(
  target: EndTarget,
  page: { readonly back: string | undefined; readonly everywhere?: boolean; readonly isTheirs: boolean },
  request: HttpRequest,
  services: Services,
): Promise<HttpAnswer> {
  const ended = await end(target, { why: 'signed_out', wait: readWait(request), reader: 'user' }, services)
  const forget = forgotten(request, services)
  // §3, ES-4: on to the client only when every verifier was told, or its lease is over.
  if (page.back !== undefined && ended.confirmed.outcome === 'confirmed') {
    const onward = seeOther(page.back, forget.cookies)
    return { ...onward, headers: { ...onward.headers, ...forget.headers } }
  }
  return signedOutPage({ ended, ...page }, services, forget)
}

/**
 * ES-6: our cookies by name, and what the browser cached. A POST of another site comes without the cookie (SameSite): what its hint names
 * ends, but whom this browser stands for is not known, so it keeps what it has (ES-5).
 */
function forgotten(
  request: HttpRequest,
  { settings }: Services,
): { headers: Readonly<Record<string, string>>; cookies: readonly string[] } {
  const isShown = readCookie(request, 'session', settings) !== undefined
  return { headers: clearCache, cookies: isShown ? deleteSessionCookies(settings) : [] }
}

function readAsked(form: Form): SignOutRequest {
  return {
    idTokenHint: form.optional('id_token_hint'),
    clientId: form.optional('client_id'),
    postLogoutRedirectUri: form.optional('post_logout_redirect_uri'),
    state: form.optional('state'),
  }
}
