import type { Broken } from './broken.ts'
import type { Violation } from './checker.ts'
import { type Outcome, run, type Tally } from './run.ts'
import type { Scenario } from './scenario.ts'
import { timeline } from './timeline.ts'

/** What many seeds of one scenario came to. */
export interface Row extends Tally {
  readonly scenario: string
  readonly seeds: number
  readonly confirmed: number
  readonly checks: number
  readonly longestWaitMs: number
  readonly violations: number
  /** The seeds that broke a promise, the first ones. */
  readonly failing: readonly number[]
  readonly milliseconds: number
}

const nothing: Row = {
  ...{ scenario: '', seeds: 0, confirmed: 0, checks: 0, longestWaitMs: 0, violations: 0, failing: [], milliseconds: 0 },
  ...{ crashes: 0, moves: 0, lostAnswers: 0 },
}

/** Plays seeds `from` … `from + count - 1`. `onFailure` hears of each run that broke a promise. */
export async function play(scenario: Scenario, from: number, count: number, onFailure?: (outcome: Outcome) => void): Promise<Row> {
  const began = performance.now()
  let sum: Row = { ...nothing, scenario: scenario.name }
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await run(scenario, seed)
    const { violations, confirmed, checks, longestWait, tally } = outcome
    const failing = violations.length > 0 ? [seed] : []
    const one = {
      ...nothing,
      ...tally,
      seeds: 1,
      confirmed,
      checks,
      longestWaitMs: Math.round(longestWait),
      violations: violations.length,
      failing,
    }
    sum = { ...together([sum, one]), scenario: scenario.name }
    if (violations.length > 0) onFailure?.(outcome)
  }
  return { ...sum, milliseconds: Math.round(performance.now() - began) }
}

/** Many rows as one. */
export function together(rows: readonly Row[]): Row {
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0)
  return {
    scenario: rows[0]?.scenario ?? '',
    seeds: sum(({ seeds }) => seeds),
    confirmed: sum(({ confirmed }) => confirmed),
    checks: sum(({ checks }) => checks),
    crashes: sum(({ crashes }) => crashes),
    moves: sum(({ moves }) => moves),
    lostAnswers: sum(({ lostAnswers }) => lostAnswers),
    longestWaitMs: rows.reduce((most, { longestWaitMs }) => Math.max(most, longestWaitMs), 0),
    violations: sum(({ violations }) => violations),
    failing: rows.flatMap(({ failing }) => failing).slice(0, 10),
    milliseconds: sum(({ milliseconds }) => milliseconds),
  }
}

/** An outcome that broke a promise, for people: what led to the worst of it. */
export function told(outcome: Outcome): string {
  const worst = outcome.violations.find(isUnsafe) ?? outcome.violations[0]!
  return [
    `${outcome.scenario}, seed ${outcome.seed}: ${outcome.violations.length} violations`,
    ...timeline(outcome.happenings, worst),
  ].join('\n')
}

/** A broken part, and the seed with which the checker noticed it. */
export interface Found {
  readonly name: string
  readonly rule: string
  readonly scenario: string
  readonly seed: number | undefined
  /** How many seeds were tried for it. */
  readonly needed: number | undefined
  readonly milliseconds: number
}

/** Looks for a seed with which a broken part breaks what it is said to break. */
export async function find(
  broken: Broken,
  scenario: Scenario,
  limits: { readonly seeds: number; readonly from?: number; readonly milliseconds?: number },
  onFound?: (outcome: Outcome) => void,
): Promise<Found> {
  const began = performance.now()
  const about = { name: broken.name, rule: broken.rule, scenario: scenario.name }
  const from = limits.from ?? 1
  for (let seed = from; seed < from + limits.seeds; seed++) {
    const outcome = await run(scenario, seed, broken)
    const milliseconds = Math.round(performance.now() - began)
    if (outcome.violations.some(({ promise }) => (broken.breaks ?? unsafe).includes(promise))) {
      onFound?.(outcome)
      return { ...about, seed, needed: seed - from + 1, milliseconds }
    }
    if (limits.milliseconds !== undefined && milliseconds > limits.milliseconds) break
  }
  return { ...about, seed: undefined, needed: undefined, milliseconds: Math.round(performance.now() - began) }
}

const unsafe: readonly Violation['promise'][] = ['safety', 'mint']

/** Whether a violation is of what safety means; the others are of speed and availability. */
export function isUnsafe({ promise }: Violation): boolean {
  return unsafe.includes(promise)
}
