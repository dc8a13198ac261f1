import { lengthWords } from '@curfew/verifier/explain'

/** Where a command speaks. Handed in, so that a test reads what a person would. */
export interface Out {
  readonly write: (text: string) => void
  /** A terminal that wants colour. */
  readonly colour: boolean
  /** One JSON value instead of words. */
  readonly json: boolean
}

type Tone = 'good' | 'bad' | 'soft' | 'plain'

const codes: Record<Tone, string> = { good: '32', bad: '31', soft: '2', plain: '' }

/** Colour on a terminal only, and never alone. */
export function tint(text: string, tone: Tone, { colour }: Pick<Out, 'colour'>): string {
  return colour && codes[tone] && text !== '' ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text
}

/** One fact of an answer: what it is about, what is so, a figure. */
export interface Fact {
  readonly what: string
  readonly is: string
  readonly figure?: string | undefined
  readonly tone?: Tone
}

/** One fact a line, aligned. */
export function facts(rows: readonly Fact[], out: Out): void {
  const what = Math.max(...rows.map((row) => clean(row.what).length)) + 2
  const is = Math.max(...rows.map((row) => (row.figure ? clean(row.is).length : 0)))
  const figure = Math.max(0, ...rows.map((row) => (row.figure ?? '').length))
  for (const row of rows) {
    const middle = row.figure ? clean(row.is).padEnd(is) : clean(row.is)
    const end = row.figure ? `  ${row.figure.padStart(figure)}` : ''
    out.write(`${clean(row.what).padEnd(what)}${tint(middle, row.tone ?? 'plain', out)}${tint(end, 'soft', out)}\n`)
  }
}

/** A table with a head. Columns named in `right` are numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], right: readonly string[], out: Out): void {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => clean(row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        right.includes(head[column] ?? '') ? clean(cell).padStart(widths[column] ?? 0) : clean(cell).padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  out.write(`${tint(line(head), 'soft', out)}\n`)
  for (const row of rows) out.write(`${line(row)}\n`)
}

/** The next useful command, last. */
export function next(command: string, out: Out): void {
  out.write(`${tint(`next: ${clean(command)}`, 'soft', out)}\n`)
}

/** What comes from elsewhere can hold control characters; a terminal must not obey them (LO-3). */
export function clean(text: string): string {
  // Also what turns the direction of writing around: it makes a text look like another one.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '�')
}

/** A length of time as a person says it: a service's own explanations say it so, too. */
export const duration: (seconds: number) => string = lengthWords

/** Seconds since 1970 as `2 hours ago`. */
export function ago(seconds: number, now: number): string {
  return now - seconds < 1 ? 'just now' : `${duration(now - seconds)} ago`
}

/** Milliseconds with the precision that they have. */
export function milliseconds(value: unknown): string {
  if (typeof value !== 'number') return ''
  if (value < 1000) return value < 100 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`
  return value < 60_000 ? `${(value / 1000).toFixed(1)} s` : duration(value / 1000)
}

/** A time of day, in UTC. */
export function clock(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(11, 19)} UTC`
}
