import { type Html, html, trusted } from '../../http/html.ts'

/** What stands in a window. */
type Thing = 'laptop' | 'phone' | 'tablet'

const things: Readonly<Record<Thing, string>> = {
  laptop:
    '<path class="thing" d="M30 34h40a2 2 0 0 1 2 2v24H28V36a2 2 0 0 1 2-2zM20 60h60v2.5a1.5 1.5 0 0 1-1.5 1.5h-57a1.5 1.5 0 0 1-1.5-1.5z"/><path class="screen" d="M32 38h36v19H32z"/>',
  phone: '<path class="thing" d="M41 30h18a3 3 0 0 1 3 3v31H38V33a3 3 0 0 1 3-3z"/><path class="screen" d="M41 34h18v25H41z"/>',
  tablet: '<path class="thing" d="M34 26h32a3 3 0 0 1 3 3v35H31V29a3 3 0 0 1 3-3z"/><path class="screen" d="M34.5 30h31v29h-31z"/>',
}
const frame = '<path class="frame" d="M-5 69V4Q50-20 105 4v65z"/><path class="glass" d="M0 64V7q50-20 100 0v57z"/>'
const high = '<path class="high" d="M0 64V7q25-10 50-10v67z" opacity=".5"/>'
const bars = '<path class="mull" d="M50-3v67M0 22h100"/><path class="sill" d="M-9 66h118v6H-9z"/>'

/** A window: lit as long as the device is signed in. Decoration: the words beside it say so, too. */
export function deviceWindow(device: string, lit: boolean): Html {
  return html`<svg class="sash ${lit ? 'lit' : 'dark'}" viewBox="-9 -14 118 86" aria-hidden="true">${trusted(frame + high + things[thingOf(device)] + bars)}</svg>`
}

function thingOf(device: string): Thing {
  if (/\b(?:ipad|tablet)\b/i.test(device)) return 'tablet'
  return /android|phone|mobile/i.test(device) ? 'phone' : 'laptop'
}
