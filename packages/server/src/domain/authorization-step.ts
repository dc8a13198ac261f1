import type { AuthorizationRequest, Refusal } from './authorization-request.ts'
import { fits } from './binding.ts'
import type { Client } from './client.ts'
import { type Allowed, needsConsent } from './consent.ts'
import type { Instant, Seconds } from './instant.ts'
import { isLive, type Session } from './session.ts'
import type { User } from './user.ts'

/** Who the browser's cookie stands for, and what it rests on. */
export interface Browser {
  readonly session: Session
  readonly user: User
}

/** What comes next for an authorization request. */
export type AuthorizationStep =
  | { readonly outcome: 'code'; readonly browser: Browser }
  | { readonly outcome: 'consent'; readonly browser: Browser }
  /** `fresh`: somebody is signed in, but it has to be shown again. */
  | { readonly outcome: 'sign_in'; readonly browser?: Browser; readonly fresh?: { readonly maxAge?: Seconds } }
  | Refusal

/**
 * Decides what comes next: a code, a question, or a sign-in; with prompt=none a question is a refusal. `began`: when the person was first
 * asked to sign in for this request, and undefined as long as nobody was: a sign-in after that is the fresh one that was wanted.
 * OpenID Connect Core 1.0 §3.1.2.1, §3.1.2.3 (AZ-11, AZ-12).
 */
export function nextStep(
  request: AuthorizationRequest,
  held: {
    readonly client: Client
    readonly browser: Browser | undefined
    readonly allowed: readonly Allowed[]
    readonly issuer: { readonly cut: number }
  },
  time: { readonly now: Instant; readonly began?: Instant | undefined },
  address?: string,
): AuthorizationStep {
  const { prompt, maxAge } = request
  const quiet = prompt.includes('none')
  const browser = held.browser && isUsable(held.browser, held.issuer, time.now) ? held.browser : undefined
  if (!browser) return quiet ? refused(request, 'login_required', 'Nobody is signed in.') : { outcome: 'sign_in' }

  const isFresh = time.began !== undefined && browser.session.authTime >= time.began
  if (request.hinted !== undefined && request.hinted !== browser.session.sub) {
    if (quiet || isFresh) return refused(request, 'login_required', 'Somebody else is signed in than the one that was asked for.')
    return { outcome: 'sign_in' }
  }
  // Where a person is, a sign-in can always be asked for: also with `refuse`, which is about what was given before.
  const fit = fits(held.client.binding, browser.session.address, address)
  if (fit === 'refuse' || fit === 'sign_in')
    return quiet
      ? refused(request, 'login_required', 'The session is bound to another network address.')
      : { outcome: 'sign_in', browser, fresh: {} }
  if (!isFresh) {
    if (prompt.includes('login')) return { outcome: 'sign_in', browser, fresh: {} }
    if (prompt.includes('select_account')) return { outcome: 'sign_in' }
    if (maxAge !== undefined && time.now - browser.session.authTime > maxAge * 1000)
      return quiet ? refused(request, 'login_required', 'The sign-in is too long ago.') : { outcome: 'sign_in', browser, fresh: { maxAge } }
  }
  if (!needsConsent(request, held.client, held.allowed)) return { outcome: 'code', browser }
  return quiet ? refused(request, 'consent_required', 'The user has not allowed this yet.') : { outcome: 'consent', browser }
}

/** A refusal of a request that was found good before. */
export function refused({ redirectUri, state }: AuthorizationRequest, error: Refusal['error'], description: string): Refusal {
  return { outcome: 'refused', error, description, redirectUri, state }
}

function isUsable({ session, user }: Browser, issuer: { readonly cut: number }, now: Instant): boolean {
  return isLive(session, { user: user.cut, issuer: issuer.cut }, now) && !user.disabled && !user.deleted
}
