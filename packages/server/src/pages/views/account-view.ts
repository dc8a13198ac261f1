import type { Instant } from '../../domain/instant.ts'
import { type Html, html } from '../../http/html.ts'
import { type AllowedView, allowedRow } from './allowed-row.ts'
import { type DeviceView, deviceRow } from './device-row.ts'
import { framedPage, hiddenFields, type PageFrame } from './layout.ts'
import { logo } from './logo.ts'
import { type ReceiptFacts, receiptSentences } from './receipt-sentences.ts'
import { signedOutFacts } from './signed-out-facts.ts'
import type { SignedOutView } from './signed-out-view.ts'
import { account } from './styles.ts'
import { agoWords, several } from './words.ts'

/** What was just done, with its receipt. `heading`: the outcome in one sentence. */
export type DoneView = Omit<SignedOutView, keyof PageFrame | 'outcome'> & ReceiptFacts & { heading: string }

/** What the account page shows. Each row posts `csrf` and `device`: its id, or `others`. */
export type AccountView = PageFrame & {
  /** Where devices are signed out; where the list is. */
  action: string
  /** Where what an app may do is taken back: `csrf` and `client`. */
  withdrawAction: string
  again: string
  csrf: string
  user: { name: string }
  signOutHref: string
  /** Sessions, the newest first; this device too. */
  devices: readonly DeviceView[]
  /** Grants that go on without a session, by consent. */
  apps: readonly DeviceView[]
  /** Clients that were allowed something. */
  allowed: readonly AllowedView[]
  /** There are more than are shown. */
  more?: number
  /** Only where passwords are kept here. */
  passwordHref?: string
  /** Only where mail is sent. */
  mail?: { href: string; address?: string | undefined; verified: boolean }
  done?: DoneView
  /** Nothing was done, and why. */
  problem?: { what: string; todo: string }
  now: Instant
}

/** So long, a sign-in elsewhere is news, in milliseconds. */
const news = 3_600_000

/** Renders "where you are signed in". */
export function accountView(view: AccountView): string {
  const { devices, apps } = view
  const others = [...devices.filter((device) => !device.current), ...apps].filter(({ gone }) => !gone)
  return framedPage(view, {
    title: view.done ? view.done.heading : view.problem ? view.problem.what : 'Where you are signed in',
    styles: account,
    bodyClass: 'account',
    again: view.again,
    body: html`<header>
<span class="brand">${logo(true)}${view.host ?? 'Your account'}</span>
<span class="soft small">${view.user.name} · <a href="${view.signOutHref}">Sign out</a></span>
</header>
<main>
<div>
<h1>Where you are signed in</h1>
<p>Sign a device out here, and every service refuses it before this page answers.</p>
</div>
${note(view)}
<form method="post" action="${view.action}">
${hiddenFields({ csrf: view.csrf })}
<section aria-labelledby="devices">
<h2 id="devices"${apps.length === 0 && html` class="unseen"`}>Devices</h2>
<ul class="card">
${devices.map((device) => deviceRow(device, view.now))}
${others.length === 0 && html`<li class="plain-row"><span class="soft">You are signed in nowhere else.</span></li>`}
${view.more !== undefined && html`<li class="plain-row"><span class="soft">And ${several(view.more, 'device')} more, signed in longer ago.</span></li>`}
</ul>
</section>
${
  apps.length > 0 &&
  html`<section aria-labelledby="apps">
<h2 id="apps">Apps that stay signed in</h2>
<ul class="card">
${apps.map((app) => deviceRow(app, view.now))}
</ul>
</section>`
}
${others.length > 0 && html`<p><button class="button out" type="submit" name="device" value="others" data-busy="Signing out…">Sign out all other devices${apps.length > 0 && ' and apps'}</button></p>`}
</form>
${
  view.allowed.length > 0 &&
  html`<form method="post" action="${view.withdrawAction}">
${hiddenFields({ csrf: view.csrf })}
<section aria-labelledby="allowed">
<h2 id="allowed">Apps with access to your account</h2>
<ul class="card">
${view.allowed.map((one) => allowedRow(one, view.now))}
</ul>
</section>
</form>`
}
${
  view.passwordHref &&
  html`<section aria-labelledby="password">
<h2 id="password">Password</h2>
<div class="card"><div class="plain-row"><span class="soft">A new password signs all other devices${apps.length > 0 && ' and apps'} out.</span><a class="button small" href="${view.passwordHref}">Change<span class="unseen"> the password</span></a></div></div>
</section>`
}
${
  view.mail &&
  html`<section aria-labelledby="mail">
<h2 id="mail">Mail address</h2>
<div class="card"><div class="plain-row"><span class="soft">${mailWords(view.mail)}</span><a class="button small" href="${view.mail.href}">Change<span class="unseen"> the mail address</span></a></div></div>
</section>`
}
</main>`,
  })
}

function mailWords({ address, verified }: NonNullable<AccountView['mail']>): string {
  if (address === undefined) return 'None is known: who forgets the password cannot get back in.'
  return verified ? address : `${address}, not verified`
}

/** What happened gets the focus without a script; a sign-in that is news is only said. */
function note({ done, problem, devices, passwordHref, now }: AccountView): Html | undefined {
  if (problem) return html`<div class="note bad" role="alert" tabindex="-1" autofocus><strong>${problem.what}</strong>${problem.todo}</div>`
  if (done) {
    const { heading } = done
    return html`<div class="note${done.outcome === 'confirmed' && ' good'}" role="status" tabindex="-1" autofocus><strong>${heading}</strong>${receiptSentences(done).join(' ')}${done.againHref && html` <a href="${done.againHref}">Look again</a>`}
${signedOutFacts(done)}</div>`
  }
  const fresh = devices.find((device) => !device.current && !device.gone && now - device.since < news)
  if (!fresh) return undefined
  const where = fresh.place === undefined ? '' : `, ${fresh.place}`
  const todo = passwordHref ? 'sign it out and change your password' : 'sign it out'
  return html`<div class="note"><strong>A new device signed in ${agoWords(fresh.since, now)}: ${fresh.name}${where}.</strong>If that was not you, ${todo}.</div>`
}
