import { type Html, html, trusted } from '../../http/html.ts'

const window = trusted(
  '<path d="M15 2.05V13.5H5V13A11 11 0 0 1 15 2.05ZM17 2.05V13.5H27V13A11 11 0 0 0 17 2.05ZM5 15.5H15V26H5ZM2.5 28H29.5V30.5H2.5Z"/><path class="logo-lit" d="M17 15.5H27V26H17Z"/>',
)

/** One window with one pane lit; none when signed out. Decoration: the words beside it say who it is. */
export function logo(lit: boolean): Html {
  return html`<svg class="logo${lit ? '' : ' is-out'}" viewBox="0 0 32 32" aria-hidden="true">${window}</svg>`
}
