import { type Html, html } from '../../http/html.ts'
import { tookWords } from '../../pages/views/words.ts'
import type { DeviceState, StreetState } from './street-state.ts'

/** The devices, one a storey, and what can be done with them. Every button is a form, so it works without a script. */
export function devicesView(state: StreetState): Html {
  return html`<section class="left" id="left" aria-labelledby="devices">
<h2 id="devices">Your devices</h2>
<ul>
${state.devices.map((device) => row(device, state))}</ul>
<div class="all">${all(state)}</div>
</section>`
}

function row(device: DeviceState, state: StreetState): Html {
  return html`<li class="device${device.state !== 'in' && ' is-out'}"><svg aria-hidden="true"><use href="#icon-${device.id}"/></svg>
<div><strong>${device.name}</strong><span class="soft small">${standing(device)}</span></div>${action(device, state)}</li>
`
}

function standing({ state, here, inForMs, outMs }: DeviceState): string {
  if (state === 'never') return 'not signed in'
  if (state === 'leaving') return 'out, unconfirmed'
  if (state === 'out') return outMs === undefined ? 'out' : `out, ${tookWords(outMs)}`
  if (here) return 'this device'
  return inForMs === undefined || inForMs < 60_000 ? 'just signed in' : `in for ${Math.floor(inForMs / 60_000)} min`
}

function action({ id, state, name, here }: DeviceState, { person }: StreetState): Html {
  const label = html`<span class="unseen">${name.toLowerCase()}</span>`
  if (state === 'in')
    return post(
      `/devices/${id}/sign-out`,
      html`<button class="button small" type="submit" data-busy="Signing out…">Sign out here${label}</button>`,
    )
  const words = state === 'never' ? 'Sign in' : 'Sign in again'
  const plain = html`<button class="button small plain" type="submit" data-busy="Signing in…">${words}${label}</button>`
  if (here || person === undefined) return signIn(plain)
  return post('/devices', html`<input type="hidden" name="device" value="${id}">${plain}`)
}

function all({ devices, person }: StreetState): Html {
  const inside = devices.filter(({ state }) => state === 'in')
  if (inside.length === 0) return signIn(html`<button class="button in wide" type="submit" data-busy="Signing in…">Sign in</button>`)
  const next = person !== undefined && devices.find(({ state, here }) => state === 'never' && !here)
  return html`${post('/sign-out', html`<button class="button out wide" type="submit" data-busy="Signing out…">Sign out everywhere</button>`)}
${next && post('/devices', html`<input type="hidden" name="device" value="${next.id}"><button class="button wide" type="submit" data-busy="Signing in…">Open another device</button>`)}`
}

/** Stays on the page: with a script it is sent in the background, and the news comes by itself. */
function post(action: string, content: Html): Html {
  return html`<form method="post" action="${action}" data-live>${content}</form>`
}

/** Leaves the page, for the issuer's own. */
function signIn(button: Html): Html {
  return html`<form method="post" action="/sign-in">${button}</form>`
}
