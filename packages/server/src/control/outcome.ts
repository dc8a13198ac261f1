import { CurfewError } from '../errors.ts'
import type { Ended } from '../use-cases/end.ts'

/** What an ending came to, for operators: the whole receipt, and its signed form. */
export function outcome({ ended, confirmed, receipt, refused }: Ended): Record<string, unknown> {
  if (refused !== undefined) throw new CurfewError(`It was not done: ${refused}.`)
  return {
    ended,
    confirmed: confirmed.outcome === 'confirmed',
    id: confirmed.id,
    seq: confirmed.seq,
    took_ms: confirmed.tookMs,
    latest_in_ms: confirmed.latestInMs,
    details: confirmed.whole,
    receipt,
  }
}
