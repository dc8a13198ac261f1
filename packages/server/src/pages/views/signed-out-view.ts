import type { Instant } from '../../domain/instant.ts'
import { type Html, html } from '../../http/html.ts'
import { cardPage, type PageFrame } from './layout.ts'
import { receiptSentences } from './receipt-sentences.ts'
import { signedOutFacts } from './signed-out-facts.ts'

/** One service of the receipt: how it stands with this sign-out. */
export type ServiceOutcome = { name: string; state: 'acknowledged' | 'gone' | 'lease_over' | 'waiting'; ms?: number }

/** What the page after a sign-out shows: the receipt, as far as a user may see it (protocol S4). */
export type SignedOutView = PageFrame & {
  outcome: 'confirmed' | 'pending' | 'nobody'
  /** It was all devices, not only this one. */
  everywhere?: boolean
  tookMs?: number
  latestInMs?: number
  services: readonly ServiceOutcome[]
  /** Audiences that nobody can hold to it: their tokens die by expiry. */
  uncovered: readonly { aud: string; until: Instant }[]
  /** Offline grants that live on. */
  kept: readonly { client: string; scope?: string }[]
  receipt?: { seq: number; at: Instant }
  signInHref?: string
  /** Where the client wants the person back. */
  continueHref?: string
  continueHost?: string
  /** Where the outcome can be looked at again while it is pending. */
  againHref?: string
}

/** Renders the page after a sign-out: the outcome first, in one sentence. */
export function signedOutView(view: SignedOutView): string {
  const heading = {
    confirmed: 'You are signed out',
    pending: 'You are signed out, not confirmed everywhere yet',
    nobody: 'Nobody is signed in',
  }[view.outcome]
  return cardPage(view, {
    title: heading,
    heading,
    lead: html`${sentences(view).map((sentence) => html`<p>${sentence}</p>\n`)}`,
    lit: false,
    status: true,
    body: html`${actions(view)}
${view.outcome !== 'nobody' && signedOutFacts(view)}`,
    foot: html`On a shared computer, close the browser too.`,
  })
}

function actions({ outcome, againHref, signInHref, continueHref, continueHost }: SignedOutView): Html | undefined {
  const again = outcome === 'pending' ? againHref : undefined
  if (!again && !signInHref && !continueHref) return undefined
  return html`<div class="actions">
${again && html`<a class="button wide" href="${again}">Look again</a>`}
${signInHref && html`<a class="button in wide" href="${signInHref}">Sign in${outcome !== 'nobody' && ' again'}</a>`}
${continueHref && html`<a class="button plain" href="${continueHref}">Back to ${continueHost ?? 'where you came from'}</a>`}
</div>`
}

/** Nobody was signed in, or what the receipt says. */
function sentences(view: SignedOutView): string[] {
  const { outcome } = view
  return outcome === 'nobody' ? ['There was nothing to sign out. No device was touched.'] : receiptSentences({ ...view, outcome })
}
