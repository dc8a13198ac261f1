import type { FaultOutcome } from './prove-faults.ts'
import { stall } from './prove-faults.ts'

/** What the proof under faults came to. */
export interface FaultResult {
  readonly endings: Record<string, number> & { total: number }
  readonly checks: number
  readonly goodChecks: number
  readonly acceptedAfterConfirmed: number
  readonly goodRefused: number
  readonly goodRefusedOutOfBound: number
  readonly goodRefusedShare: number
  readonly waitsOutOfBound: number
  readonly lostAnswers: number
  readonly longestWaitMs: number
  readonly confirmationMs: FaultOutcome['confirmation']
  readonly floorMs: FaultOutcome['floor']
  readonly faults: FaultOutcome['judgement']['faults']
  readonly faultsTotal: number
  /** Good requests that were refused while something planned was done. */
  readonly plannedRefused: number
  readonly noAnswer: number
  readonly violations: FaultOutcome['judgement']['violations']
  readonly problems: readonly string[]
  readonly missing: readonly string[]
  readonly errors: Record<string, number>
}

/** As JSON has it. */
export function faultResult({ judgement, endings, floor, confirmation, problems, errors, missing }: FaultOutcome): FaultResult {
  const { good, goodRefused, faults } = judgement
  const ours = Object.entries(faults).filter(([kind]) => kind !== stall)
  const total = Object.values(endings).reduce((sum, count) => sum + count, 0)
  return {
    endings: { ...endings, total },
    checks: judgement.checks,
    goodChecks: good,
    acceptedAfterConfirmed: judgement.acceptedAfterConfirmed,
    goodRefused,
    goodRefusedOutOfBound: judgement.goodRefusedOutOfBound,
    goodRefusedShare: good === 0 ? 0 : goodRefused / good,
    waitsOutOfBound: judgement.waitsOutOfBound,
    lostAnswers: judgement.lostAnswers,
    longestWaitMs: Math.round(judgement.longestWait),
    confirmationMs: confirmation,
    floorMs: floor,
    faults,
    faultsTotal: ours.reduce((sum, [, { times }]) => sum + times, 0),
    plannedRefused: ours.reduce((sum, [, cost]) => sum + (cost.isPlanned ? cost.goodRefused : 0), 0),
    noAnswer: judgement.noAnswer,
    violations: judgement.violations,
    problems,
    missing,
    errors,
  }
}

/** Whether the promise was kept. */
export function isKept(result: FaultResult): boolean {
  const { acceptedAfterConfirmed, goodRefusedOutOfBound, waitsOutOfBound, lostAnswers, plannedRefused, problems, endings } = result
  const broken = acceptedAfterConfirmed + goodRefusedOutOfBound + waitsOutOfBound + lostAnswers + plannedRefused
  return broken === 0 && problems.length === 0 && endings.total > 0 && result.faultsTotal > 0
}

/** For people. */
export function faultTable(result: FaultResult): string {
  const head = ['fault', 'times', 'seconds', 'good refused', 'requests retried', 'requests failed']
  const rows = Object.entries(result.faults)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([kind, { times, lasted, isPlanned, goodRefused, retried, failed }]) =>
      [isPlanned ? `${kind} (planned)` : kind, times, (lasted / 1000).toFixed(1), goodRefused, retried, failed].map(String),
    )
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')
  const { confirmationMs: times, floorMs: floor } = result
  const last = [
    ['endings', result.endings.total],
    ['faults', result.faultsTotal],
    ['checks', `${result.checks}, of good tokens ${result.goodChecks}`],
    ['accepted after confirmed', result.acceptedAfterConfirmed],
    [
      'good refused',
      `${result.goodRefused} (${(100 * result.goodRefusedShare).toFixed(4)} %), out of bound ${result.goodRefusedOutOfBound}`,
    ],
    ['waits out of bound', result.waitsOutOfBound],
    ['lost answers', result.lostAnswers],
    ['no answer of a service', result.noAnswer],
    ['confirmed in', `p50 ${times.p50} ms, p99 ${times.p99} ms, max ${times.max} ms`],
    ...(result.missing.length > 0 ? [['did not come', result.missing.join(', ')]] : []),
    ['bare long poll', `p50 ${floor.p50} ms, p99 ${floor.p99} ms, max ${floor.max} ms`],
  ].map(([what, is]) => `${String(what).padEnd(26)}${is}`)
  const wrong = [
    ...result.violations.map(({ kind, text, timeline }) => `! ${kind}: ${text}\n${timeline}`),
    ...result.problems.map((text) => `! ${text}`),
  ]
  return `${[line(head), ...rows.map(line), '', ...last, ...(wrong.length > 0 ? ['', ...wrong] : [])].join('\n')}\n`
}
