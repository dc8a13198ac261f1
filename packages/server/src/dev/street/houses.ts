import { type Html, html, trusted } from '../../http/html.ts'
import { tookWords } from '../../pages/views/words.ts'
import type { DeviceState, ServiceState, WindowState } from './street-state.ts'

/** What makes a house: walls and roof behind the windows, one form of window, door and lamp before them. */
type House = { behind: string; frame: string; glass: string; high: string; mull: string; sill: string; before: string }

const arch = { frame: 'M-5 69V4Q50-20 105 4v65z', glass: 'M0 64V7q50-20 100 0v57z', high: 'M0 64V7q25-10 50-10v67z' }
const square = { frame: 'M-5 69V-5h110v74z', glass: 'M0 64V0h100v64z', high: 'M0 64V0h50v64z' }
const lantern =
  '<circle class="lamp-glow" cx="44" cy="466" r="20" filter="url(#soft)"/><path fill="var(--door)" d="M38 456h12l-3-5h-6zM40 476h8v3h-8z"/><path class="lamp" d="M39 456h10l-1.5 20h-7z"/>'

const houses: readonly House[] = [
  {
    // A stepped gable; the loft, its beam, and an order on the hook.
    behind:
      '<path fill="var(--roof-1)" d="M0 104h184v8H0z"/><path fill="var(--house-1)" d="M6 502V86h26V64h24V42h22V24h28v18h22v22h24v22h26v416z"/><g fill="var(--trim-1)"><path d="M2 82h34v6H2zM28 60h32v6H28zM52 38h30v6H52zM74 20h36v6H74zM102 38h30v6h-30zM124 60h32v6h-32zM148 82h34v6h-34zM6 386h172v6H6z"/></g><path fill="var(--roof-1)" d="M76 100V74a16 16 0 0 1 32 0v26z"/><path fill="var(--door)" d="M89 44h6v10h-6z"/><path stroke="var(--door)" stroke-width="1.5" d="M92 54v20"/><path fill="var(--trim-1)" d="M83 74h18v15H83z"/><path stroke="var(--roof-1)" stroke-width="2" d="M92 74v15"/>',
    ...arch,
    mull: 'M50-3v67M0 22h100',
    sill: 'M-9 66h118v6H-9z',
    before: `<path fill="var(--door)" d="M72 502v-36a20 12 0 0 1 40 0v36z"/><circle cx="105" cy="480" r="2" fill="var(--lit)"/><path fill="var(--trim-1)" d="M64 496h56v6H64z"/>${lantern}`,
  },
  {
    // A temple of accounts; nine o'clock.
    behind:
      '<path fill="var(--house-2)" d="M6 502V104h172v398z"/><path fill="var(--roof-2)" d="M-2 98L92 40l94 58z"/><path fill="var(--house-2)" d="M22 94l70-43 70 43z"/><g fill="var(--trim-2)"><path d="M-4 96h192v10H-4zM2 106h180v4H2zM10 110h14v276H10zM160 110h14v276h-14zM7 380h20v8H7zM157 380h20v8h-20zM6 386h172v6H6z"/></g><circle cx="92" cy="76" r="14" fill="var(--trim-2)"/><circle cx="92" cy="76" r="14" fill="none" stroke="var(--roof-2)" stroke-width="2.5"/><path stroke="var(--door)" stroke-width="2" stroke-linecap="round" d="M92 76V66.5M92 76h-7"/>',
    ...square,
    mull: 'M50 0v64M0 22h100',
    sill: 'M-9 66h118v6H-9zM-9-9h118v5H-9z',
    before: `<path fill="var(--door)" d="M70 502v-50h44v50z"/><path stroke="var(--house-2)" stroke-width="1.5" d="M92 452v50"/><circle cx="87" cy="478" r="2" fill="var(--lit)"/><circle cx="97" cy="478" r="2" fill="var(--lit)"/><path fill="var(--trim-2)" d="M62 496h60v6H62z"/>${lantern}`,
  },
  {
    // A post house with a letter box in its door.
    behind:
      '<path fill="var(--house-3)" d="M8 502V104h168v398z"/><path fill="var(--roof-3)" d="M-8 104q44-6 58-46h84q14 40 58 46v8H-8z"/><path fill="var(--roof-3)" d="M44 52h96q4 0 8-6v14H36V46q4 6 8 6z"/><g stroke="var(--trim-3)" stroke-opacity=".35" stroke-width="1.5" fill="none"><path d="M66 62q-8 32-26 44M92 62v44M118 62q8 32 26 44"/></g><g fill="var(--trim-3)"><path d="M8 112h168v4H8zM8 386h168v6H8zM8 116h6v270H8zM170 116h6v270h-6z"/></g>',
    ...square,
    mull: 'M50 0v64M0 22h100M25 0v22M75 0v22',
    sill: 'M-9 66h118v6H-9z',
    before:
      '<path fill="var(--door)" d="M70 502v-50h44v50z"/><path fill="var(--trim-3)" d="M80 470h24v5H80zM62 496h60v6H62z"/><circle class="lamp-glow" cx="44" cy="466" r="20" filter="url(#soft)"/><ellipse class="lamp" cx="44" cy="465" rx="8" ry="10"/><path fill="var(--door)" d="M40 453h8v3h-8zM40 474h8v3h-8z"/>',
  },
]

/** The houses, one a service, one storey a device. The table below the street has the same facts. */
export function housesView(services: readonly ServiceState[], devices: readonly DeviceState[]): Html {
  return html`<div class="street" id="street" aria-hidden="true">
${services.map((service, index) => house(service, devices, houses[index % houses.length]!))}</div>`
}

function house(service: ServiceState, devices: readonly DeviceState[], form: House): Html {
  const out = (service.leaseMs ?? 0) > 0 ? '' : 'lamp-out'
  return html`<svg viewBox="0 0 184 502" class="${out}">
${trusted(form.behind)}
${devices.map((device, storey) => pane(service.windows[storey] ?? { is: 'none' }, device, 128 + 92 * storey, form))}
<rect fill="var(--sign)" x="26" y="396" width="132" height="50" rx="4"/><text class="name" x="92" y="418">${service.name}</text><text class="kind" x="92" y="437">${service.kind}</text>
${trusted(form.before)}
<text class="plate" x="146" y="476">:${service.port}</text>
</svg>
`
}

function pane(window: WindowState, device: DeviceState, y: number, { frame, glass, high, mull, sill }: House): Html {
  return html`<g class="win ${window.is}" transform="translate(42 ${y})"><rect class="shine" x="-10" y="-10" width="120" height="84" rx="20" filter="url(#soft)"/><path class="edge" fill="var(--frame)" d="${frame}"/><path class="glass" d="${glass}"/><path class="high" d="${high}" opacity=".5"/><use class="stuff" href="#thing-${device.id}"/><path class="mull" fill="none" stroke-width="3" d="${mull}"/><text class="ms" x="50" y="50">${figure(window)}</text><path fill="var(--sill)" d="${sill}"/></g>
`
}

function figure(window: WindowState): string {
  if (window.is === 'dark') return window.ms === undefined ? '' : tookWords(window.ms)
  if (window.is === 'asking') return window.latestMs === undefined ? '…' : `≤ ${tookWords(window.latestMs)}`
  return window.is === 'silent' ? '?' : ''
}
