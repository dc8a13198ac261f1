import type { Receipt, ReceiptVerifiers } from '@curfew/verifier/wire'
import { type Instant, type Seconds, secondsDown } from '../domain/instant.ts'
import type { Service } from '../domain/service.ts'
import type { Ending, Told } from '../use-cases/needs.ts'
import type { Count } from './watches.ts'

/** What a receipt is about, which does not change while it is waited for. */
export interface About {
  readonly id: string
  readonly seq: number
  readonly what: Told
  readonly kept: Ending['kept']
  /** Database clock of the ending. */
  readonly committedAt: Instant
  /** When COMMIT returned, by this process's monotonic clock; undefined where another process, or nobody, did it here. */
  readonly committed?: number
  /** How long the entries are remembered (M3). */
  readonly until: Seconds
}

/** Builds the payload as operators see it (S4). `latest`: of a pending one, monotonic. */
export function wholeReceipt(
  issuer: string,
  about: About,
  outcome: { readonly count: Count; readonly latest?: number },
  now: Instant,
): Receipt {
  const { id, seq, what, kept, committedAt, committed, until } = about
  const { count, latest } = outcome
  const took = committed === undefined || latest !== undefined ? {} : { took_ms: milliseconds(count.at - committed) }
  return {
    iss: issuer,
    iat: secondsDown(now),
    jti: id,
    seq,
    ...what,
    until,
    outcome: latest === undefined ? 'confirmed' : 'pending',
    committed_at: committedAt / 1000,
    ...took,
    ...(latest === undefined ? {} : { latest_in_ms: Math.max(0, Math.ceil(latest - count.at)) }),
    verifiers: verifiersOf(count, committed),
    uncovered: uncoveredOf(count.services, until),
    kept: [...kept],
  }
}

/** What end users and clients may see: of services that are not public, no names; they are counted together (S4). */
export function shownReceipt(whole: Receipt, services: readonly Service[]): Receipt {
  const named = new Set(services.filter((service) => service.public).map(({ id }) => id))
  const seen = whole.verifiers.filter(({ name }) => name !== undefined && named.has(name))
  const hidden = whole.verifiers.filter((row) => !seen.includes(row))
  return { ...whole, verifiers: hidden.length === 0 ? seen : [...seen, together(hidden)] }
}

/** Whether two receipts tell of the same ending. */
export function isSameEnding(one: Told, other: Told): boolean {
  const text = (told: Told): string =>
    JSON.stringify('ended' in told ? { ended: told.ended } : 'cut' in told ? { cut: told.cut } : { stale: told.stale })
  return text(one) === text(other)
}

function verifiersOf({ tallies }: Count, committed: number | undefined): ReceiptVerifiers[] {
  return [...tallies]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { acknowledged, gone, leaseOver, waiting, slowest }]) => ({
      ...{ name, acknowledged, gone, lease_over: leaseOver, waiting },
      ...(slowest === undefined || committed === undefined ? {} : { slowest_ms: milliseconds(slowest - committed) }),
    }))
}

/** S4: exactly the audiences that have a service which checks nothing; their tokens die by expiry. */
function uncoveredOf(services: readonly Service[], until: Seconds): Receipt['uncovered'] {
  const audiences = new Set(services.filter(({ checks }) => checks === 'none').map(({ audience }) => audience))
  return [...audiences].sort().map((aud) => ({ aud, until }))
}

function together(rows: readonly ReceiptVerifiers[]): ReceiptVerifiers {
  const sum = (of: (row: ReceiptVerifiers) => number): number => rows.reduce((total, row) => total + of(row), 0)
  const slowest = rows.flatMap(({ slowest_ms }) => slowest_ms ?? [])
  return {
    acknowledged: sum((row) => row.acknowledged),
    gone: sum((row) => row.gone),
    lease_over: sum((row) => row.lease_over),
    waiting: sum((row) => row.waiting),
    ...(slowest.length === 0 ? {} : { slowest_ms: Math.max(...slowest) }),
  }
}

/** To a tenth. */
function milliseconds(long: number): number {
  return Math.max(0, Math.round(long * 10) / 10)
}
