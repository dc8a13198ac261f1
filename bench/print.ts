import type { Row } from './topic.ts'

/** The rows as a table a topic. */
export function table(rows: readonly Row[]): string {
  const topics = [...new Set(rows.map(({ topic }) => topic))]
  const width = Math.max(...rows.map(({ what }) => what.length))
  const units = Math.max(...rows.map(({ unit }) => unit.length))
  const line = ({ what, value, unit, spread: [least, most] }: Row): string =>
    `  ${what.padEnd(width)}  ${number(value).padStart(9)} ${unit.padEnd(units)}  ${number(least)} to ${number(most)}`
  return topics
    .map(
      (topic) =>
        `${topic}\n${rows
          .filter((row) => row.topic === topic)
          .map(line)
          .join('\n')}\n`,
    )
    .join('\n')
}

/** The same for a page. */
export function markdown(rows: readonly Row[]): string {
  const topics = [...new Set(rows.map(({ topic }) => topic))]
  const line = ({ what, value, unit, spread: [least, most] }: Row): string =>
    `| ${what} | ${number(value)} ${unit} | ${number(least)} to ${number(most)} |`
  const head = '|---|--:|--:|'
  return topics
    .map((topic) => [`| ${topic} | median | least to most |`, head, ...rows.filter((row) => row.topic === topic).map(line), ''].join('\n'))
    .join('\n')
}

function number(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}
