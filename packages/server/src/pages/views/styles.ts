import { readFileSync } from 'node:fs'

/** Reads a style sheet that lies beside the code (tools/copy-assets.ts puts it into `dist`), without its comments. */
export function styleSheet(from: URL): string {
  return readFileSync(from, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s*\n\s*/g, '\n')
    .trim()
}

/** Every colour, size and distance. */
export const tokens: string = styleSheet(new URL('./styles/tokens.css', import.meta.url))

/** What every page is made of: type, buttons, fields, notes, tables, panes. */
export const parts: string = ['base', 'controls', 'facts']
  .map((name) => styleSheet(new URL(`./styles/${name}.css`, import.meta.url)))
  .join('\n')

const street = styleSheet(new URL('./styles/street-foot.css', import.meta.url))

/** The one centred card: sign in, consent, sign out, errors. */
export const card: string = `${street}\n${styleSheet(new URL('./styles/card.css', import.meta.url))}`

/** The account page: devices in rows, each a window. */
export const account: string = `${street}\n${styleSheet(new URL('./styles/account.css', import.meta.url))}`
