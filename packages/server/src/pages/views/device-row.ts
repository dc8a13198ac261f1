import type { Instant } from '../../domain/instant.ts'
import { type Html, html } from '../../http/html.ts'
import { deviceWindow } from './device-window.ts'
import { agoWords, dayWords, exactTime, waitWords } from './words.ts'

/** One device: a session, or an app that stays signed in. */
export type DeviceView = {
  id: string
  /** "Firefox on Linux", or what the app is called. */
  name: string
  current?: boolean
  /** Roughly where: "near 203.0.113.0". */
  place?: string
  /** Of an app: what it may do. */
  may?: string
  since: Instant
  lastUsed: Instant
  /** Uses closer together than this are not written down, in milliseconds: no more is known. */
  knownTo: number
  /** When it ends by itself if it is not used, where that is soon enough to be worth a word. */
  endsAt?: Instant
  /** It was signed out just now: the window is dark. `everywhere`: no service accepts it. */
  gone?: { everywhere: boolean }
}

/** Renders a row: the window, what it is, the button that puts it out. */
export function deviceRow(device: DeviceView, now: Instant): Html {
  const { id, name, current, gone, may, since, endsAt } = device
  const ends = endsAt !== undefined && html`, ends ${time(endsAt, dayWords(endsAt, now))} if it is not used`
  const began = now - since < 86_400_000 ? agoWords(since, now) : dayWords(since, now)
  return html`<li class="device">
${deviceWindow(name, !gone)}
<div><strong>${name}</strong>${current && html`<span class="tag">This device</span>`}<span class="soft small">${gone ? outWords(gone) : usedWords(device, now)}</span>${may !== undefined && html`<span class="soft small">May ${may}</span>`}<span class="soft small">Signed in ${time(since, began)}${ends}</span></div>
${!gone && html`<button class="button small" type="submit" name="device" value="${id}" data-busy="Signing out…">Sign out<span class="unseen"> ${name}</span></button>`}
</li>
`
}

function outWords({ everywhere }: { everywhere: boolean }): string {
  return everywhere ? 'Signed out just now, refused everywhere' : 'Signed out just now'
}

function usedWords({ current, lastUsed, knownTo, place }: DeviceView, now: Instant): Html {
  const where = place === undefined ? '' : `, ${place}`
  if (current) return html`Active now${where}`
  const age = now - lastUsed
  if (age > knownTo) return html`Active ${time(lastUsed, agoWords(lastUsed, now))}${where}`
  return html`Active in the last ${waitWords(Math.max(60, knownTo / 1000)).replace(/^1 /, '')}${where}`
}

function time(at: Instant, words: string): Html {
  return html`<time datetime="${exactTime(at)}" title="${exactTime(at)}">${words}</time>`
}
