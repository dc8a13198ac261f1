import { type Html, html } from '../../http/html.ts'
import type { PageFrame } from './layout.ts'
import type { ServiceOutcome, SignedOutView } from './signed-out-view.ts'
import { clockTime, exactTime, listOf, tookWords } from './words.ts'

/** The receipt as a list of facts, folded away under the outcome. */
export function signedOutFacts(view: Omit<SignedOutView, keyof PageFrame>): Html {
  const named = (...states: ServiceOutcome['state'][]) => {
    const names = view.services
      .filter(({ state }) => states.includes(state))
      .map(({ name, ms }) => (ms === undefined ? name : `${name} (${tookWords(ms)})`))
    return names.length > 0 ? listOf(names) : 'none'
  }
  const open = view.uncovered.length > 0 && html` open`
  return html`<details class="small"${open}>
<summary>The receipt</summary>
<dl class="proof num">
${view.receipt && fact('Number', view.receipt.seq)}
${view.receipt && fact('Signed out', html`<time datetime="${exactTime(view.receipt.at)}">${clockTime(view.receipt.at)}</time>`)}
${fact('Confirmed by', named('acknowledged'))}
${view.services.some(({ state }) => state === 'gone') && fact('Gone, lease over', named('gone'))}
${fact('Leases run out', named('lease_over'))}
${view.outcome === 'pending' && fact('Waiting for', named('waiting'))}
${fact('Not covered', view.uncovered.length > 0 ? view.uncovered.map(({ aud, until }) => html`${aud}, until <time datetime="${exactTime(until)}">${clockTime(until)}</time><br>`) : 'none')}
${view.kept.length > 0 && fact('Still connected', listOf(view.kept.map(({ client, scope }) => (scope ? `${client} (${scope})` : client))))}
</dl>
</details>`
}

function fact(name: string, value: string | number | Html | Html[]): Html {
  return html`<dt>${name}</dt><dd>${value}</dd>`
}
