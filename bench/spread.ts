import type { Row } from './topic.ts'

/** The middle one; of an even number, the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [one = Number.NaN, other = one] = sorted.length % 2 === 1 ? [sorted[middle]] : [sorted[middle - 1], sorted[middle]]
  return (one + other) / 2
}

/** A row of what each round came to. */
export function row(topic: string, what: string, unit: string, values: readonly number[]): Row {
  const round = (value: number): number => Number(value.toPrecision(4))
  return { topic, what, unit, value: round(median(values)), spread: [round(Math.min(...values)), round(Math.max(...values))] }
}

/** A row of ratios, one contender's figures to another's, each of the same round: what the machine did meanwhile it did to both. */
export function ratioRow(topic: string, cost: ReadonlyMap<string, readonly number[]>, one: string, other: string): Row {
  const to = cost.get(other) ?? []
  const ratios = (cost.get(one) ?? []).map((value, index) => value / (to[index] ?? Number.NaN))
  return row(topic, `${one} / ${other}`, '×', ratios)
}
