import type { AuthorizationRequest } from '../domain/authorization-request.ts'
import { type Instant, later, type Seconds } from '../domain/instant.ts'
import type { SessionId } from '../domain/names.ts'
import type { Position } from '../domain/position.ts'
import { hashSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'

/** How long a page may wait for its person. */
const interactionLifetime: Seconds = 600

/** An authorization request on its way through the pages. It is kept in the pages themselves, sealed: a stranger's GET writes no row. */
export interface Interaction {
  readonly request: AuthorizationRequest
  /** From before anything was checked: what is born in the end is born there (P1). */
  readonly position: Position
  /** The database's clock, then: a sign-in after it is the fresh one that was wanted. */
  readonly began: Instant
  /** Whose session a question was put to: nobody else may answer it. */
  readonly sid?: SessionId
}

/** What a page brought back. */
export type Opened = { readonly outcome: 'open' | 'expired'; readonly interaction: Interaction } | { readonly outcome: 'foreign' }

type Needs = Pick<Services, 'sealer' | 'world'>

/**
 * Seals an interaction for one browser: it names the hash of the cookie that only that browser has, so in any other one it is worth
 * nothing (AZ-19), and no other site can make it: it is the synchronizer token as well.
 */
export function sealInteraction(interaction: Interaction, browser: string, { sealer, world }: Needs): string {
  return sealer.seal('interaction', { ...interaction, browser: hashSecret(browser) }, later(world.wall(), interactionLifetime))
}

/** Opens what a page brought back. An expired one still says what was wanted, so that it can begin again. */
export function openInteraction(sealed: string, browser: string | undefined, { sealer, world }: Needs): Opened {
  if (browser === undefined || sealed.length > 16_384) return { outcome: 'foreign' }
  const now = world.wall()
  const open = sealer.open('interaction', sealed, now)
  const value = open ?? sealer.open('interaction', sealed, 0)
  if (!value || value.browser !== hashSecret(browser)) return { outcome: 'foreign' }
  const { browser: _browser, ...interaction } = value
  // What was sealed is what `sealInteraction` was given.
  return { outcome: open ? 'open' : 'expired', interaction: interaction as unknown as Interaction }
}

/** The synchronizer token of a form, bound to the browser (contract §6). */
export function sealForm(browser: string, { sealer, world }: Needs): string {
  return sealer.seal('form', { browser: hashSecret(browser) }, later(world.wall(), interactionLifetime))
}

/** Whether a form is one of ours, sent by the browser that got it. */
export function isOwnForm(sealed: string | undefined, browser: string | undefined, { sealer, world }: Needs): boolean {
  if (sealed === undefined || browser === undefined || sealed.length > 1024) return false
  return sealer.open('form', sealed, world.wall())?.browser === hashSecret(browser)
}
