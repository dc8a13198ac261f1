import type { ServiceId } from '../domain/names.ts'
import type { VerifierRow, Waiting } from '../store/store.ts'

/**
 * The verifiers that one first look found (S2). All numbers that were looked for then wait for the same rows, so they share them: with
 * thousands of sign-outs at once each row is looked at once a look, not once a look and sign-out.
 */
export interface Cohort {
  /** Monotonic milliseconds, read after the look's answer. */
  readonly at: number
  /** When the lease of each of these rows is over. */
  readonly deadline: number
  /** The highest number that waits for these rows. */
  readonly highest: number
  readonly rows: ReadonlyMap<string, Followed>
  /** Those that have not acknowledged `highest`, and are not gone. */
  readonly left: Set<string>
  /** The lowest number that one of those has acknowledged: what is not above it waits for nobody. */
  floor: number
}

interface Followed {
  readonly service: ServiceId
  /** What it was seen to have acknowledged, when; the first at the first look. `gone`: it was not among the rows any more. */
  readonly steps: { readonly acked: number; readonly at: number }[]
}

/** How the verifiers of a service came to know of a number, or did not. `slowest`: when the last of those that did was seen to. */
export interface Tally {
  acknowledged: number
  gone: number
  leaseOver: number
  waiting: number
  slowest?: number
}

/** Every row, by key, as read for a receipt. */
export interface AllRows {
  readonly rows: ReadonlyMap<string, VerifierRow>
  readonly past: ReadonlyMap<string, VerifierRow>
}

/** The key of a verifier's row. */
export function keyOf({ service, id }: Pick<VerifierRow, 'service' | 'id'>): string {
  return `${service} ${id}`
}

/** Begins with the rows of a look for `highest`. */
export function cohortOf({ rows, waitMs }: Waiting, highest: number, at: number): Cohort {
  const behind = rows.filter(({ acked }) => acked < highest)
  return {
    at,
    deadline: at + waitMs,
    highest,
    rows: new Map(behind.map((row) => [keyOf(row), { service: row.service, steps: [{ acked: row.acked, at }] }])),
    left: new Set(behind.map(keyOf)),
    floor: lowest(behind.map(({ acked }) => acked)),
  }
}

/** Notes what a later look found: `found` has every row that has not acknowledged each number that is still waited for. */
export function seeAgain(cohort: Cohort, found: ReadonlyMap<string, VerifierRow>, at: number): void {
  const standing: number[] = []
  for (const key of cohort.left) {
    // Not found: it has acknowledged all that is waited for, or is gone. Either way it is waited for no longer; which, `tally` finds out.
    const acked = found.get(key)?.acked ?? Number.POSITIVE_INFINITY
    const { steps } = cohort.rows.get(key)!
    if (acked > steps.at(-1)!.acked) steps.push({ acked, at })
    if (acked >= cohort.highest) cohort.left.delete(key)
    else standing.push(acked)
  }
  cohort.floor = lowest(standing)
}

/** Says for one number what became of the verifiers; good for all numbers above `from` up to `to`. Rows that came later count if they have it. */
export function tally(
  cohort: Cohort,
  seq: number,
  isDecided: boolean,
  all: AllRows,
): { readonly from: number; readonly to: number; readonly tallies: ReadonlyMap<ServiceId, Tally> } {
  let from = 0
  let to = Number.POSITIVE_INFINITY
  const has = (acked: number): boolean => {
    if (acked < seq) from = Math.max(from, acked)
    else to = Math.min(to, acked)
    return acked >= seq
  }
  const tallies = new Map<ServiceId, Tally>()
  const of = (service: ServiceId): Tally => {
    const known = tallies.get(service)
    if (known) return known
    const made: Tally = { acknowledged: 0, gone: 0, leaseOver: 0, waiting: 0 }
    tallies.set(service, made)
    return made
  }
  for (const { service, acked } of all.rows.values()) if (has(acked)) of(service).acknowledged++
  for (const [key, { service, steps }] of cohort.rows) {
    if (has(steps[0]!.acked)) continue
    const row = of(service)
    const present = all.rows.get(key)
    const isThere = present !== undefined && has(present.acked)
    const isPast = !isThere && has(all.past.get(key)?.acked ?? -1)
    if (isThere || isPast) {
      if (isPast) row.acknowledged++
      const seen = steps.find(({ acked }) => has(acked))
      if (seen) row.slowest = Math.max(row.slowest ?? 0, seen.at)
    } else if (!steps.some(({ acked }) => has(acked)) && (present || isDecided)) {
      if (isDecided) row.leaseOver++
      else row.waiting++
    } else if (all.past.get(key)?.gone?.why === 'silent')
      row.leaseOver++ // L4: removed since `W` had passed for it, watched from before
    else row.gone++
  }
  for (const row of tallies.values()) if (row.acknowledged > 0) row.slowest ??= cohort.at
  return { from, to, tallies }
}

function lowest(numbers: readonly number[]): number {
  return numbers.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY)
}
