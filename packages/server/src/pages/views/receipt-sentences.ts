import type { ServiceOutcome, SignedOutView } from './signed-out-view.ts'
import { capital, clockTime, inWords, listOf, tookWords } from './words.ts'

/** What a sign-out came to, as far as the sentences need it. */
export type ReceiptFacts = Pick<SignedOutView, 'everywhere' | 'tookMs' | 'latestInMs' | 'services' | 'uncovered' | 'kept'> & {
  outcome: 'confirmed' | 'pending'
  /** Whom no service accepts, where it is not this device or all of them: "it", "any other device". */
  whom?: string
}

/** Look.md, voice 1 to 4: never more than the receipt says. */
export function receiptSentences(view: ReceiptFacts): string[] {
  const named = (state: ServiceOutcome['state']) =>
    view.services.filter((service) => service.state === state).map((service) => service.name)
  // What is gone gave its lease back, or was silent until it was over.
  const [done, over, waiting] = [named('acknowledged'), [...named('lease_over'), ...named('gone')], named('waiting')]

  if (view.outcome === 'pending') {
    const late = waiting.length > 0 ? listOf(waiting) : 'One service'
    const [has, accept] = waiting.length > 1 ? ['have', 'they stop'] : ['has', 'it stops']
    const latest = view.latestInMs === undefined ? 'when its lease runs out' : `in ${tookWords(view.latestInMs)} at the latest`
    return [`${confirmedBy(done)}${capital(late)} ${has} not answered yet; ${accept} accepting ${latest}.`, ...rest(view)]
  }

  const what = view.whom ?? (view.everywhere ? 'any of your devices' : 'this device')
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

function rest({ kept, everywhere }: ReceiptFacts): string[] {
  if (kept.length === 0) return []
  const names = listOf([...new Set(kept.map(({ client }) => client))])
  return [`${capital(names)} may go on without you, as you allowed.${everywhere ? '' : ' Sign out everywhere to end that too.'}`]
}
