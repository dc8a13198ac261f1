import type { Broken } from './broken.ts'
import { type Outcome, run } from './run.ts'
import type { Scenario } from './scenario.ts'

/** What many seeds of one scenario came to. */
export interface Row {
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

/** Plays seeds `from` … `from + count - 1`. `onFailure` hears of each run that broke a promise. */
export async function play(scenario: Scenario, from: number, count: number, onFailure?: (outcome: Outcome) => void): Promise<Row> {
  const began = performance.now()
  const sum = { confirmed: 0, checks: 0, longestWaitMs: 0, violations: 0 }
  const failing: number[] = []
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await run(scenario, seed)
    sum.confirmed += outcome.confirmed
    sum.checks += outcome.checks
    sum.longestWaitMs = Math.max(sum.longestWaitMs, Math.round(outcome.longestWait))
    if (outcome.violations.length === 0) continue
    sum.violations += outcome.violations.length
    if (failing.length < 10) failing.push(seed)
    onFailure?.(outcome)
  }
  return { scenario: scenario.name, seeds: count, ...sum, failing, milliseconds: Math.round(performance.now() - began) }
}

/** A broken part, and the seed with which the checker noticed it. */
export interface Found {
  readonly name: string
  readonly rule: string
  readonly scenario: string
  readonly seed: number | undefined
  readonly milliseconds: number
}

/** Looks for a seed with which a broken part breaks Safety, or mints what it must not (M2). */
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
    if (outcome.violations.some(isUnsafe)) {
      onFound?.(outcome)
      return { ...about, seed, milliseconds }
    }
    if (limits.milliseconds !== undefined && milliseconds > limits.milliseconds) break
  }
  return { ...about, seed: undefined, milliseconds: Math.round(performance.now() - began) }
}

/** Whether a violation is of what safety means; the others are of speed and availability. */
export function isUnsafe({ promise }: Outcome['violations'][number]): boolean {
  return promise === 'safety' || promise === 'mint'
}
