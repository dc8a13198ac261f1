import { type Html, html, page } from '../../http/html.ts'
import { browserScript } from '../../pages/views/browser-script.ts'
import { logo } from '../../pages/views/logo.ts'
import { parts, styleSheet, tokens } from '../../pages/views/styles.ts'
import { devicesView } from './devices-view.ts'
import { factsView, marksView } from './facts-view.ts'
import { housesView } from './houses.ts'
import { receiptView } from './receipt-view.ts'
import { say } from './say.ts'
import { sky, symbols } from './scene.ts'
import type { StreetState } from './street-state.ts'

const styles = [
  tokens,
  parts,
  ...['street', 'houses', 'street-narrow'].map((name) => styleSheet(new URL(`./${name}.css`, import.meta.url))),
].join('\n')
const script = browserScript(new URL('./street.client.ts', import.meta.url))

/** The parts of the page that change, by the id of their element. What a browser with the page open is sent, when it differs. */
export function streetRegions(state: StreetState): Record<string, string> {
  const regions = {
    who: who(state),
    say: headline(state),
    left: devicesView(state),
    street: housesView(state.services, state.devices),
    marks: marksView(state),
    right: receiptView(state),
    facts: factsView(state),
  }
  return Object.fromEntries(Object.entries(regions).map(([id, region]) => [id, region.toString()]))
}

/** The fleet: devices left, the street, the receipt right, the table below. */
export function streetView(state: StreetState, { nonce }: { nonce: string }): string {
  const pending = state.receipt?.outcome === 'pending' && html`<noscript><meta http-equiv="refresh" content="2"></noscript>\n`
  return page({
    title: 'The fleet · Curfew',
    nonce,
    styles,
    script,
    body: html`${pending}${symbols}
<main class="fleet">
${sky}
<header class="top">
<a class="brand" href="/">${logo(true)}Curfew</a>
${who(state)}
</header>
${headline(state)}
${devicesView(state)}
<!-- The picture. The table below has the same facts, so this is hidden from screen readers. -->
${housesView(state.services, state.devices)}
${marksView(state)}
${receiptView(state)}
${factsView(state)}
</main>`,
  })
}

function who({ person, issuer, devices }: StreetState): Html {
  const inside = devices.some(({ state }) => state === 'in')
  return html`<span class="soft small" id="who">${inside && person !== undefined ? html`Signed in as <strong>${person}</strong> · ` : ''}${issuer}</span>`
}

function headline(state: StreetState): Html {
  const { lines, more } = say(state)
  return html`<div class="say" id="say" role="status" aria-live="polite">
<h1>${lines.map((line, index) => html`${index > 0 && ' '}<span>${line}</span>`)}</h1>
<p>${more}</p>
</div>`
}
