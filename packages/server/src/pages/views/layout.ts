import { type Html, type HtmlValue, html, page } from '../../http/html.ts'
import { browserScript } from './browser-script.ts'
import { logo } from './logo.ts'
import { type StreetView, streetFoot } from './street-foot.ts'
import { card, parts, tokens } from './styles.ts'

/** What every card page is given besides its own facts. */
export type PageFrame = {
  nonce: string
  /** The issuer's own host: people are told to check it. */
  host?: string
  street?: StreetView
}

/** One card in the middle of the page. */
export type Card = {
  title: string
  heading: string
  /** Below the heading: where the client lives, what happened. */
  lead?: Html | undefined
  /** The logo's pane: lit as long as somebody is, or may be, signed in. */
  lit: boolean
  /** The header is read out as news. */
  status?: boolean
  /** As in `Page`. */
  again?: string
  body: HtmlValue
  foot?: Html | undefined
}

const busy = browserScript(new URL('./busy.client.ts', import.meta.url))

/** Renders a page of one card; alone unless there is a street. */
export function cardPage(frame: PageFrame, { title, heading, lead, lit, status, again, body, foot }: Card): string {
  return framedPage(frame, {
    title,
    styles: card,
    bodyClass: 'one',
    again,
    body: html`<main>
<div class="card">
<header${status && html` role="status"`}>
${logo(lit)}
<h1>${heading}</h1>
${lead}
</header>
${body}
</div>
${foot && html`<p class="foot">${foot}</p>`}
</main>`,
  })
}

/** Renders a page of any shape: the tokens and parts, the street, the script that says when something is under way. */
export function framedPage(
  frame: PageFrame,
  given: { title: string; styles: string; bodyClass: string; again?: string | undefined; body: Html },
): string {
  const { title, styles, bodyClass, again, body } = given
  return page({
    title: frame.host ? `${title} · ${frame.host}` : title,
    nonce: frame.nonce,
    styles: `${tokens}\n${parts}\n${styles}`,
    script: busy,
    bodyClass,
    again,
    ...(frame.street && { street: streetFoot(frame.street) }),
    body,
  })
}

/** The fields that a form carries along. */
export function hiddenFields(fields: Readonly<Record<string, string | undefined>>): Html {
  return html`${Object.entries(fields).map(([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`)}`
}

/** "This page belongs to id.example.com." */
export function belongsTo(frame: PageFrame, advice?: string): Html | undefined {
  return frame.host === undefined ? undefined : html`This page belongs to <strong>${frame.host}</strong>.${advice && ` ${advice}`}`
}
