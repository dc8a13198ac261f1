import { raw, html as tag } from 'hono/html'

/** Markup that is safe to send: made by `html`, or vouched for by `trusted`. */
export type Html = ReturnType<typeof raw>

/** What may stand in a template. Text is escaped, `false`, `null` and `undefined` leave nothing behind, lists are joined. */
export type HtmlValue = string | number | false | null | undefined | Html | readonly HtmlValue[]

/** Escapes every value that is not markup already. Synchronous: the library's tag waits for promises, a page never needs to. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  const made = tag(strings, ...values)
  if (made instanceof Promise) throw new TypeError('html: a value is a promise. Wait for it before the page is rendered.')
  return made
}

/** Lets text through unescaped. For what comes with the product (style sheets, scripts, drawings), never for what a request brought. */
export function trusted(markup: string): Html {
  return raw(markup)
}

/** A whole document. `nonce` is the one that the answer's Content-Security-Policy names. */
export type Page = {
  title: string
  nonce: string
  styles: string
  body: Html
  bodyClass?: string
  /** A page about somebody: asked for anew, here, when the browser brings it back out of its memory. */
  again?: string | undefined
  /** Decoration at the foot of the page, after everything that a person reads. */
  street?: Html
  /** A module that only adds comfort: every page works without it. */
  script?: string
}

/** Renders a whole document as a plain string. */
export function page({ title, nonce, styles, body, bodyClass, again, street, script }: Page): string {
  const classed = html`${bodyClass && html` class="${bodyClass}"`}${again !== undefined && html` data-again="${again}"`}`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${icon}">
<style nonce="${nonce}">${trusted(insideElement('style', styles))}</style>
</head>
<body${classed}>
${body}
${street ?? ''}
${script && html`<script type="module" nonce="${nonce}">${trusted(insideElement('script', script))}</script>`}
</body>
</html>
`.toString()
}

/** A style sheet or a script cannot be escaped: it must not hold the end of its own element. */
function insideElement(name: 'style' | 'script', text: string): string {
  if (text.toLowerCase().includes(`</${name}`)) throw new TypeError(`page: the ${name} holds "</${name}", which would end it early.`)
  return text
}

/** One window, three panes dark, one lit. In the page itself, since the policy lets nothing be fetched. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><style>.o{fill:#2b3149}.i{fill:#f4b740}@media(prefers-color-scheme:dark){.o{fill:#7a82ab}}</style><path class="o" d="M15 2.05V13.5H5V13A11 11 0 0 1 15 2.05ZM17 2.05V13.5H27V13A11 11 0 0 0 17 2.05ZM5 15.5H15V26H5ZM2.5 28H29.5V30.5H2.5Z"/><path class="i" d="M17 15.5H27V26H17Z"/></svg>',
)}`
