import type { Sample } from './flatness.ts'

interface Line {
  readonly name: string
  readonly unit: string
  readonly of: (sample: Sample) => number
}

const MB = 1024 * 1024
const lines: readonly Line[] = [
  { name: 'heap after a collection', unit: 'MB', of: ({ heap }) => heap / MB },
  { name: 'memory of the process', unit: 'MB', of: ({ rss }) => rss / MB },
  { name: 'database file and its log', unit: 'MB', of: ({ file }) => file / MB },
  { name: 'entries in the ledger', unit: '', of: ({ entries }) => entries },
  { name: 'a refresh, p50', unit: 'ms', of: ({ refreshP50 }) => refreshP50 },
  { name: 'a confirmed sign-out, p50', unit: 'ms', of: ({ signOutP50 }) => signOutP50 },
]

const [width, height, left, top, gap] = [400, 130, 64, 34, 24] as const

/** Draws the samples, two charts a row. Colours are those of the page's scheme, light or dark. */
export function draw(samples: readonly Sample[], title: string): string {
  const rows = Math.ceil(lines.length / 2)
  const [wide, tall] = [2 * (width + left) + gap, rows * (height + top + gap) + 44]
  const charts = lines.map((line, n) => chart(line, samples, (n % 2) * (width + left + gap), 40 + Math.floor(n / 2) * (height + top + gap)))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${wide} ${tall}" role="img" aria-label="${title}">
<style>
  :root { color-scheme: light dark }
  text { font: 12px system-ui, sans-serif; fill: #45464f }
  .name { font-weight: 600; fill: #1b1c22 }
  .grid { stroke: #d5d6dd; stroke-width: 1 }
  .line { fill: none; stroke: #7a4b00; stroke-width: 1.5 }
  .ground { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #b5b6c2 }
    .name { fill: #f2f2f5 }
    .grid { stroke: #3a3b46 }
    .line { stroke: #ffc46b }
    .ground { fill: #14151b }
  }
</style>
<rect class="ground" width="${wide}" height="${tall}"/>
<text class="name" x="${left}" y="20">${title}</text>
${charts.join('\n')}
</svg>
`
}

function chart({ name, unit, of }: Line, samples: readonly Sample[], x: number, y: number): string {
  const most = niceAbove(Math.max(...samples.map(of), 1e-9))
  const end = samples.at(-1)?.at ?? 1
  const place = (sample: Sample): string =>
    `${round(x + left + (sample.at / end) * width)},${round(y + top + height - (of(sample) / most) * height)}`
  const level = (share: number): string => {
    const at = y + top + height - share * height
    const words = `${round(most * share)}${share === 1 && unit !== '' ? ` ${unit}` : ''}`
    return `<line class="grid" x1="${x + left}" x2="${x + left + width}" y1="${at}" y2="${at}"/><text x="${x + left - 6}" y="${at + 4}" text-anchor="end">${words}</text>`
  }
  const minutes = [0, 0.5, 1].map(
    (share) =>
      `<text x="${x + left + share * width}" y="${y + top + height + 16}" text-anchor="${share === 1 ? 'end' : share === 0 ? 'start' : 'middle'}">${round((share * end) / 60)} min</text>`,
  )
  return `<g><text class="name" x="${x + left}" y="${y + 22}">${name}</text>${[0, 0.5, 1].map(level).join('')}${minutes.join('')}<polyline class="line" points="${samples.map(place).join(' ')}"/></g>`
}

/** The next of 1, 2, 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5, 10].find((times) => times * power >= value) ?? 10) * power
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
