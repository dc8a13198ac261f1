import { type Html, html } from '../../http/html.ts'
import { clockTime, exactTime, inWords, listOf, several, tookWords } from '../../pages/views/words.ts'
import type { ReceiptState, StreetState } from './street-state.ts'

/** The receipt, as paper: who confirmed, and how fast. Everything on it comes from the signed one. */
export function receiptView({ receipt, person }: StreetState): Html {
  return html`<section class="right" id="right" aria-labelledby="receipt">
<div class="slip">
<h2 id="receipt">Receipt${receipt && html` <span class="soft num">no. ${receipt.seq}</span>`}</h2>
${receipt ? filled(receipt, person) : html`<p class="soft small">None yet. Sign a device out, and its receipt is printed here: who confirmed, and how fast.</p>`}
</div>
</section>`
}

function filled(receipt: ReceiptState, person: string | undefined): Html {
  return html`<p class="soft small">${person && `${person}, `}${receipt.what}</p>
<dl><dt>Signed out</dt><dd><time datetime="${exactTime(receipt.at)}" data-clock>${exactTime(receipt.at).slice(11, 23)}</time></dd>
${receipt.verifiers.map((row) => html`<dt>${row.name}</dt><dd>${outcome(row)}</dd>\n`)}${
  receipt.outcome === 'confirmed' &&
  html`<dt>Leases run out</dt><dd>${names(receipt)}</dd>
<dt>Not covered</dt><dd>${receipt.uncovered.length > 0 ? receipt.uncovered.map(({ aud, until }) => `${aud}, until ${clockTime(until)}`).join('; ') : 'none'}</dd>`
}${receipt.kept.length > 0 && html`<dt>Still connected</dt><dd>${listOf(receipt.kept)}</dd>`}</dl>
${receipt.outcome === 'confirmed' ? confirmed(receipt) : waiting(receipt)}
<a class="button small wide" href="/receipt" data-copy="Copied">Copy the signed receipt</a>`
}

function confirmed({ tookMs, verifiers, signedWith }: ReceiptState): Html {
  const of = total(verifiers)
  return html`<p class="sum num">Confirmed${tookMs !== undefined && ` in ${tookWords(tookMs)}`}</p>
<p class="soft small">${sum(verifiers, 'acknowledged')} of ${several(of, 'verifier')} acknowledged.<br>${signature(signedWith)}</p>`
}

function waiting(receipt: ReceiptState): Html {
  const late = listOf(receipt.verifiers.filter(({ waiting }) => waiting > 0).map(({ name }) => name))
  return html`<p class="sum num">Not confirmed yet</p>
<p class="soft small">${sum(receipt.verifiers, 'acknowledged')} of ${total(receipt.verifiers)} acknowledged. Confirmed at the latest ${receipt.latestInMs === undefined ? '' : `${tookWords(receipt.latestInMs)} after this was printed, `}when the lease of ${late || 'the last one'} runs out.</p>`
}

function signature(signedWith: string | undefined): string {
  return signedWith === undefined ? 'Its signature could not be checked.' : `Signed by the issuer, ${signedWith}.`
}

type Row = ReceiptState['verifiers'][number]

function outcome({ acknowledged, gone, leaseOver, waiting, slowestMs }: Row): string {
  if (waiting > 0) return 'waiting'
  if (leaseOver > 0) return 'lease run out'
  if (acknowledged > 0) return slowestMs === undefined ? 'acknowledged' : tookWords(slowestMs)
  return gone > 0 ? 'gone, lease over' : inWords(0)
}

function sum(rows: readonly Row[], of: 'acknowledged' | 'gone' | 'leaseOver' | 'waiting'): number {
  return rows.reduce((all, row) => all + row[of], 0)
}

function total(rows: readonly Row[]): number {
  return sum(rows, 'acknowledged') + sum(rows, 'gone') + sum(rows, 'leaseOver') + sum(rows, 'waiting')
}

function names({ verifiers }: ReceiptState): string {
  return listOf(verifiers.filter(({ leaseOver, gone }) => leaseOver + gone > 0).map(({ name }) => name)) || 'none'
}
