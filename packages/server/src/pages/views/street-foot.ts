import { type Html, html, trusted } from '../../http/html.ts'

/** The street at the foot of a page: lit before a sign-out, dark after it. Only `curfew dev` shows it. */
export type StreetView = { lit: boolean }

/** A house: colour, outline, and its windows as [x, y, lit]. */
type House = [fill: 'near' | 'far', outline: string, windows: [x: number, y: number, lit: 0 | 1][]]

// biome-ignore format: one house a line is what makes the street readable
const houses: House[] = [
  ['near', 'M0 132V54h19v-9h17v-9h33v9h17v9h19V132z', [[20, 68, 1], [46, 68, 0], [72, 68, 0], [20, 94, 0], [46, 94, 1], [72, 94, 1]]],
  ['far', 'M104 132V62h-3v-5h94v5h-3V132z', [[127, 90, 0], [157, 90, 0]]],
  ['near', 'M192 132V66L248 40 304 66V132z', [[214, 76, 0], [242, 76, 1], [270, 76, 1], [214, 102, 0], [242, 102, 0], [270, 102, 0]]],
  ['far', 'M304 132V84h-5q16-3 22-20h86q6 17 22 20h-5V132z', [[328, 94, 1], [358, 94, 1], [388, 94, 0]]],
  ['near', 'M424 132V44L472 28 520 44V132z', [[450, 60, 0], [482, 60, 0], [450, 86, 1], [482, 86, 1]]],
  ['far', 'M520 132V68h19v-9h17v-9h33v9h17v9h19V132z', [[540, 82, 0], [566, 82, 0], [592, 82, 0], [540, 108, 1], [566, 108, 1], [592, 108, 0]]],
  ['near', 'M624 132V74h-3v-5h90v5h-3V132z', [[646, 102, 0], [674, 102, 0]]],
  ['far', 'M708 132V70h-5q16-3 22-20h90q6 17 22 20h-5V132z', [[733, 80, 1], [764, 80, 1], [795, 80, 0], [733, 106, 0], [764, 106, 0], [795, 106, 1]]],
  ['near', 'M832 132V56L886 30 940 56V132z', [[853, 66, 1], [880, 66, 0], [907, 66, 0], [853, 92, 0], [880, 92, 1], [907, 92, 1]]],
]

function draw(lit: boolean): Html {
  const pane = (x: number, y: number, on: boolean) =>
    `<path fill="var(--${on ? 'lit' : 'dark'})"${on ? '' : ' fill-opacity=".22"'} d="M${x} ${y}h12v15h-12z"/>`
  const row = houses.map(([fill, outline, windows]) =>
    [`<path fill="var(--${fill})" d="${outline}"/>`, ...windows.map(([x, y, on]) => pane(x, y, lit && on === 1))].join(''),
  )
  return html`<div class="street-foot"><svg aria-hidden="true"><defs><pattern id="row" width="940" height="132" patternUnits="userSpaceOnUse" patternTransform="translate(-40 0)">${trusted(row.join(''))}</pattern></defs><rect width="100%" height="132" fill="url(#row)"/></svg></div>`
}

const drawn = { lit: draw(true), dark: draw(false) }

/** Draws the street: the same houses repeat over any width. */
export function streetFoot(view: StreetView): Html {
  return view.lit ? drawn.lit : drawn.dark
}
