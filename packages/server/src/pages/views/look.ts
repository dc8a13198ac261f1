import { type Html, html, trusted } from '../../http/html.ts'

/** The properties of tokens.css that an operator may set. The rest is held together by its contrast and stays. */
export const lookProperties = ['amber', 'on-amber', 'action', 'on-action', 'link', 'radius', 'font'] as const

/** What an operator makes their own. */
export type Look = {
  /** Stands in titles and beside the logo. */
  name?: string
  /** An image: `https://…`, a path on this origin, or a `data:image/…` URL. */
  logo?: string
  /** By the names in tokens.css, without the two dashes; `light-dark(…, …)` gives two values. */
  properties?: { [name in (typeof lookProperties)[number]]?: string }
}

/** Checks an operator's look once, at start. */
export function checkLook(look: Look): Look {
  for (const [name, value] of Object.entries(look.properties ?? {})) {
    if (!(lookProperties as readonly string[]).includes(name)) {
      throw new TypeError(`look.properties: "${name}" cannot be set. These can: ${lookProperties.join(', ')}.`)
    }
    // What could leave the declaration, load something, or end the style element.
    if (/[;{}<>@\\]|\/\*|url\s*\(/i.test(value))
      throw new TypeError(`look.properties: the value of "${name}" holds more than one CSS value. Give just the value.`)
  }
  if (look.logo !== undefined && !/^(https:\/\/[^\s;,'"]+|\/(?!\/)[^\s;,'"]*|data:image\/[^\s'"<>]+)$/.test(look.logo)) {
    throw new TypeError('look.logo: not an https:// address, a path or a data:image/ URL. Put the logo at one of these.')
  }
  return look
}

/** The operator's properties as a style sheet, stronger than either theme. */
export function lookStyles(look: Look | undefined): string {
  const set = Object.entries(look?.properties ?? {})
  return set.length === 0 ? '' : `\n:root:root:root { ${set.map(([name, value]) => `--${name}: ${value}`).join('; ')} }`
}

/** Where the logo comes from, for the page's Content-Security-Policy. */
export function lookImages(look: Look | undefined): string[] {
  if (!look?.logo || look.logo.startsWith('data:')) return []
  return [look.logo.startsWith('/') ? "'self'" : new URL(look.logo).origin]
}

const window = trusted(
  '<path d="M15 2.05V13.5H5V13A11 11 0 0 1 15 2.05ZM17 2.05V13.5H27V13A11 11 0 0 0 17 2.05ZM5 15.5H15V26H5ZM2.5 28H29.5V30.5H2.5Z"/><path class="logo-lit" d="M17 15.5H27V26H17Z"/>',
)

/** One window with one pane lit; none when signed out. Decoration: the words beside it say who it is. */
export function logo(look: Look | undefined, lit: boolean): Html {
  if (look?.logo) return html`<img class="logo" src="${look.logo}" alt="">`
  return html`<svg class="logo${lit ? '' : ' is-out'}" viewBox="0 0 32 32" aria-hidden="true">${window}</svg>`
}
