import type { Instant } from '../../domain/instant.ts'
import { type Html, html } from '../../http/html.ts'
import { agoWords, dayWords, exactTime } from './words.ts'

/** A client that the user allowed something. */
export type AllowedView = {
  id: string
  name: string
  /** Where its answers go, as people read it. */
  hosts: string
  may: string
  since: Instant
  /** It was taken back just now. */
  gone: boolean
}

/** Renders a row: who it is, what it may do, the button that takes it back. */
export function allowedRow({ id, name, hosts, may, since, gone }: AllowedView, now: Instant): Html {
  const when = now - since < 86_400_000 ? agoWords(since, now) : dayWords(since, now)
  const allowed = html`, allowed <time datetime="${exactTime(since)}" title="${exactTime(since)}">${when}</time>`
  return html`<li class="plain-row">
<div><strong>${name}</strong><br><span class="soft small">${gone ? 'Withdrawn just now' : html`${hosts}, may ${may}${allowed}`}</span></div>
${!gone && html`<button class="button small" type="submit" name="client" value="${id}" data-busy="Withdrawing…">Withdraw<span class="unseen"> what ${name} may do</span></button>`}
</li>
`
}
