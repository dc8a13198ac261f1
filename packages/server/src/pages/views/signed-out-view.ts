import type { Instant } from '../../domain/instant.ts'
import { type Html, html } from '../../http/html.ts'
import { cardPage, type PageFrame } from './layout.ts'
import { signedOutFacts } from './signed-out-facts.ts'
import { capital, clockTime, inWords, listOf, tookWords } from './words.ts'

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

/** Look.md, voice 1 to 4: never more than the receipt says. */
function sentences(view: SignedOutView): string[] {
  const named = (state: ServiceOutcome['state']) =>
    view.services.filter((service) => service.state === state).map((service) => service.name)
  // What is gone gave its lease back, or was silent until it was over.
  const [done, over, waiting] = [named('acknowledged'), [...named('lease_over'), ...named('gone')], named('waiting')]
  if (view.outcome === 'nobody') return ['There was nothing to sign out. No device was touched.']

  if (view.outcome === 'pending') {
    const late = waiting.length > 0 ? listOf(waiting) : 'One service'
    const [has, accept] = waiting.length > 1 ? ['have', 'they stop'] : ['has', 'it stops']
    const latest = view.latestInMs === undefined ? 'when its lease runs out' : `in ${tookWords(view.latestInMs)} at the latest`
    return [`${confirmedBy(done)}${capital(late)} ${has} not answered yet; ${accept} accepting ${latest}.`, ...rest(view)]
  }

  const what = view.everywhere ? 'any of your devices' : 'this device'
  const end = view.everywhere ? '' : ' any more'
  const late = Math.max(...view.uncovered.map(({ until }) => until))
  const except = view.uncovered.length > 0 ? `, except ${listOf(view.uncovered.map(({ aud }) => aud))}, until ${clockTime(late)}` : ''
  const open = view.everywhere && except === '' && view.kept.length === 0 ? 'Lights out. ' : ''
  const outcome = `${open}No service accepts ${what}${end}${except}.`
  if (over.length > 0) {
    const [them, their] = over.length > 1 ? ['they accept', 'Their leases are'] : ['it accepts', 'Its lease is']
    return [
      outcome,
      `${confirmedBy(done)}${capital(listOf(over))} did not answer. ${their} over: ${them} nothing without asking us first, and we refuse.`,
      ...rest(view),
    ]
  }
  const who = done.length > 2 ? `All ${inWords(done.length)}` : capital(listOf(done))
  const took = view.tookMs === undefined ? '' : ` in ${tookWords(view.tookMs)}`
  return [done.length > 0 ? `${outcome} ${who} confirmed it${took}.` : outcome, ...rest(view)]
}

function confirmedBy(names: readonly string[]): string {
  return names.length > 0 ? `${capital(listOf(names))} confirmed it. ` : ''
}

function rest({ kept, everywhere }: SignedOutView): string[] {
  if (kept.length === 0) return []
  const names = listOf([...new Set(kept.map(({ client }) => client))])
  return [`${capital(names)} may go on without you, as you allowed.${everywhere ? '' : ' Sign out everywhere to end that too.'}`]
}
