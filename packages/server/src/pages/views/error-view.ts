import type { Instant } from '../../domain/instant.ts'
import { html } from '../../http/html.ts'
import { belongsTo, cardPage, type PageFrame } from './layout.ts'
import { clockTime, exactTime } from './words.ts'

/** What an error page shows: what happened, what to do, and the facts for the people who run the application. */
export type ErrorView = PageFrame & {
  title: string
  what: string
  todo: string
  requestId: string
  /** The error code of the specification. */
  code?: string
  /** The precise reason, for developers. Nothing secret: it may have come from outside and is only text. */
  reason?: string
  at?: Instant
  client?: { name: string }
  /** The one thing to do next. `primary` starts a sign-in. */
  next?: { href: string; text: string; primary?: boolean }
}

/** Renders an error page. */
export function errorView(view: ErrorView): string {
  return cardPage(view, {
    title: view.title,
    heading: view.title,
    lead: html`<p>${view.what} ${view.todo}</p>`,
    lit: false,
    body: html`${view.next && html`<div class="actions"><a class="button${view.next.primary && ' in'} wide" href="${view.next.href}">${view.next.text}</a></div>`}
<details class="small">
<summary>For the people who run ${view.client?.name ?? 'the application'}</summary>
<dl class="proof">
${view.code && html`<dt>Error</dt><dd><code>${view.code}</code></dd>`}
${view.reason && html`<dt>Why</dt><dd>${view.reason}</dd>`}
<dt>Request</dt><dd><code>${view.requestId}</code></dd>
${view.at !== undefined && html`<dt>When</dt><dd class="num"><time datetime="${exactTime(view.at)}">${clockTime(view.at)}</time></dd>`}
</dl>
</details>`,
    foot: belongsTo(view),
  })
}

/** What goes wrong most often, in the words of the house. */
export const errorWords = {
  badLink: (client: string) => ({
    title: 'This sign-in link cannot be used',
    what: `It would send you to an address that ${client} has not registered, so we stopped here. Nothing was shared.`,
    todo: `Go back to ${client} and start again, or tell the people who run it.`,
  }),
  unknownClient: {
    title: 'This sign-in link cannot be used',
    what: 'It does not say which application it belongs to, or names one that we do not know. Nothing was shared.',
    todo: 'Go back to the application and start again, or tell the people who run it.',
  },
  badRequest: {
    title: 'This does not work like that',
    what: 'Something in the address or the form is not as it should be, so we did nothing.',
    todo: 'Go back and start again.',
  },
  expired: {
    title: 'This page waited too long',
    what: 'A sign-in page is good for 10 minutes.',
    todo: 'Start again, and nothing is lost.',
  },
  away: {
    title: 'We cannot sign you in right now',
    what: 'Our database does not answer. Devices that are signed in go on working for now.',
    todo: 'Try again in a minute.',
  },
  noAnswer: {
    title: 'We do not know whether this worked',
    what: 'The server did not answer, so this may or may not have worked.',
    todo: 'Try again: twice does no harm.',
  },
  wrongForm: {
    title: 'This page cannot be sent from here',
    what: 'The form did not come from our own page in this browser, so we did nothing with it.',
    todo: 'Go back and start again. Cookies must be allowed for this site.',
  },
  unexpected: {
    title: 'Something went wrong on our side',
    what: 'We did not expect this, and wrote it down.',
    todo: 'Try again in a minute.',
  },
} as const
