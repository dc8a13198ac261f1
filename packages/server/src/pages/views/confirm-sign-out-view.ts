import { type Html, html } from '../../http/html.ts'
import { cardPage, hiddenFields, type PageFrame } from './layout.ts'
import { capital, listOf, several } from './words.ts'

/** What the page before a sign-out shows. Posts `csrf`, the hints, and `scope`: `here` or `everywhere`. */
export type ConfirmSignOutView = PageFrame & {
  action: string
  csrf: string
  user?: { name: string }
  /** "Firefox on Linux" */
  device?: string
  /** How many devices are signed in, this one too. */
  devices?: number
  /** The names of the public services that will refuse this device. */
  services?: readonly string[]
  /** Who sent the person here. */
  client?: { name: string }
  /** What the request brought along and must come back with the form: `post_logout_redirect_uri`, `state`, … */
  hints?: Readonly<Record<string, string | undefined>>
  stayHref?: string
}

/** Renders the question before a sign-out: OpenID Connect RP-Initiated Logout §2 wants it asked. */
export function confirmSignOutView(view: ConfirmSignOutView): string {
  return cardPage(view, {
    title: 'Sign out?',
    heading: 'Sign out?',
    lead: lead(view),
    lit: true,
    again: '', // with what the client sent along
    body: html`<form method="post" action="${view.action}">
${hiddenFields({ csrf: view.csrf, ...view.hints })}
<button class="button out wide" type="submit" name="scope" value="here" data-busy="Signing out…">Sign out here</button>
<button class="button wide" type="submit" name="scope" value="everywhere" data-busy="Signing out…"><span>Sign out everywhere${view.devices !== undefined && html` <span class="soft">· ${several(view.devices, 'device')}</span>`}</span></button>
${view.stayHref && html`<a class="button plain" href="${view.stayHref}">Stay signed in</a>`}
</form>`,
    ...(view.client && { foot: html`${view.client.name} sent you here to sign out.` }),
  })
}

function lead({ user, device, services = [] }: ConfirmSignOutView): Html {
  const who = user ? html`You are <strong>${user.name}</strong>${device && `, on ${device}`}. ` : ''
  const houses = services.length > 0 ? capital(listOf(services)) : 'The services'
  return html`<p>${who}${houses} will refuse this device at once.</p>`
}
