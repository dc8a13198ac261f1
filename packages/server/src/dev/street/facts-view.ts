import { type Html, html } from '../../http/html.ts'
import { tookWords } from '../../pages/views/words.ts'
import type { ServiceState, StreetState, WindowState } from './street-state.ts'

const whole = new Intl.NumberFormat('en')

/** Below each house: how often it was asked, and its lease. */
export function marksView({ services }: StreetState): Html {
  return html`<div class="marks num" id="marks" aria-hidden="true">
${services.map(
  ({ answered, refused, leaseMs }) =>
    html`<p><strong>${whole.format(answered)}</strong> answered<br><span class="soft"><span>${whole.format(refused)} refused</span><span class="dot"> · </span><span class="lease">${leaseMs === undefined ? 'no lease' : `lease ${tookWords(leaseMs)}`}</span></span></p>\n`,
)}</div>`
}

/** The same facts as the picture, as a table. */
export function factsView({ services, devices }: StreetState): Html {
  return html`<section class="facts" id="facts">
<div class="scroll" tabindex="0" role="region" aria-label="The fleet as a table">
<table>
<caption>The same, in words</caption>
<thead><tr><th scope="col">Service</th>${devices.map(({ name }) => html`<th scope="col">${name}</th>`)}<th scope="col" class="fig">Answered</th><th scope="col" class="fig">Refused</th><th scope="col" class="fig">Lease</th><th scope="col" class="fig">Position</th></tr></thead>
<tbody class="num">
${services.map(row)}</tbody>
</table>
</div>
</section>`
}

function row({ name, kind, port, windows, answered, refused, leaseMs, position }: ServiceState): Html {
  return html`<tr><th scope="row">${name} <span class="soft">${kind}, :${port}</span></th>${windows.map((window) => html`<td><i class="pane ${pane(window)}"></i>${words(window)}</td>`)}<td class="fig">${whole.format(answered)}</td><td class="fig">${whole.format(refused)}</td><td class="fig">${leaseMs === undefined ? 'none' : tookWords(leaseMs)}</td><td class="fig">${position ?? '–'}</td></tr>
`
}

function pane(window: WindowState): string {
  return { lit: 'lit', dark: '', asking: 'asking', silent: 'none', none: 'none' }[window.is]
}

function words(window: WindowState): string {
  if (window.is === 'lit') return 'accepted'
  if (window.is === 'dark') return window.ms === undefined ? 'refused' : `refused after ${tookWords(window.ms)}`
  if (window.is === 'asking')
    return window.latestMs === undefined ? 'not confirmed yet' : `not confirmed, ${tookWords(window.latestMs)} at most`
  return window.is === 'silent' ? 'no answer' : 'not signed in'
}
