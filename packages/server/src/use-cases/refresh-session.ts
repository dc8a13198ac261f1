import type { AccessTokenClaims } from '@curfew/verifier/wire'
import { comesFrom, fits } from '../domain/binding.ts'
import type { Client } from '../domain/client.ts'
import type { Session } from '../domain/session.ts'
import { OAuthError } from '../errors.ts'
import type { Services, TokenAnswer } from './needs.ts'
import { refresh } from './refresh.ts'

/** Why a session is over, as the session API tells its own client (contract §5). */
export type EndedReason = 'signed_out' | 'expired' | 'replayed' | 'disabled'

const reasons: Readonly<Record<string, EndedReason>> = {
  expired: 'expired',
  replayed: 'replayed',
  disabled: 'disabled',
  client_disabled: 'disabled',
}

/** The session API's refresh: the same rotation, refused with the reason that a first-party client may know. */
export async function refreshSession(presented: string, needs: Parameters<typeof refresh>[2], address?: string): Promise<TokenAnswer> {
  try {
    return await refresh(presented, await firstPartyClient(needs), needs, { address })
  } catch (error) {
    if (!(error instanceof OAuthError) || error.code !== 'invalid_grant') throw error
    if (error.reason === 'elsewhere_sign_in') throw elsewhere('sign_in')
    if (error.reason === 'elsewhere_refuse') throw elsewhere('refuse')
    throw sessionEnded(error.reason)
  }
}

/** The client that the session API's tokens belong to. */
async function firstPartyClient({ store, settings }: Pick<Services, 'store' | 'settings'>): Promise<Client> {
  const { rows } = await store.begin({ kind: 'client', id: settings.session.client })
  if (!rows.client) throw new Error(`the first-party client ${settings.session.client} is not registered`)
  return rows.client
}

/** What is bound to an address came from another one: the session lives on, and goes on from here after a fresh sign-in, or only from there. */
export function elsewhere(asks: 'refuse' | 'sign_in'): OAuthError {
  return asks === 'sign_in'
    ? new OAuthError('insufficient_user_authentication', 'elsewhere', {
        description: 'You are on another network than before. Sign in again, and this device stays signed in.',
      })
    : new OAuthError('access_denied', 'elsewhere', { description: 'This session is bound to another network address.' })
}

/** Where each request is looked at (S2), so is one with a token or a cookie to us: refused unless it comes from where the device signed in. */
export function requireHere(
  { claims, session }: { readonly claims?: AccessTokenClaims; readonly session?: Session },
  address: string | undefined,
  { settings }: Pick<Services, 'settings'>,
): void {
  if (claims && !comesFrom(claims, address))
    throw new OAuthError('invalid_token', 'address_wrong', { description: 'The access token is not good, or not any more.' })
  const { binding } = settings.session
  if (claims || !session || !binding?.requests) return
  const fit = fits(binding, session.address, address)
  if (fit === 'refuse' || fit === 'sign_in') throw elsewhere(fit)
}

/** 401 `session_ended`, with the reason in one word. */
export function sessionEnded(outcome: string): OAuthError {
  const [what, why] = outcome.split(': ')
  const reason = reasons[why === 'replay' ? 'replayed' : why === 'disabled' ? 'disabled' : (what ?? '')] ?? 'signed_out'
  return new OAuthError('session_ended', outcome, { description: 'This session is over. Sign in again.', members: { reason } })
}
