import { leaseWords } from '@curfew/verifier/explain'
import type { ServiceStanding } from '../control/standing.ts'
import type { Fact } from './print.ts'

export type { ServiceStanding }

/** A process that follows, or did: `gone`, why it does not any more. */
export interface VerifierRow {
  readonly service: string
  readonly process: string
  readonly position: number
  readonly lag: number
  readonly lease_ms: number
  readonly silent_ms: number
  readonly gone?: string
  readonly gone_at?: number
}

/** Whether two rows are of one process. */
export function isSame(one: VerifierRow, other: VerifierRow): boolean {
  return one.service === other.service && one.process === other.process
}

/** One line a service: whether it decides by the ledger, how far it is, how long it may go on alone. `seq`: the entry that it should know of. */
export function standingFacts(services: readonly ServiceStanding[], seq?: number): Fact[] {
  if (services.length === 0) return [{ what: 'services', is: 'none has this audience: nobody takes such a token', tone: 'bad' }]
  return services.map((one) => ({ what: one.service, is: standing(one, seq), tone: one.checks === 'none' ? 'bad' : 'plain' }))
}

/** How a service stands, in one sentence. */
export function standing({ checks, own, verifiers, behind, silent, lease_ms, position }: ServiceStanding, seq?: number): string {
  if (checks === 'none') return 'checks nothing: it accepts until tokens expire'
  if (verifiers === 0)
    return own
      ? 'inside of the issuer, where no route is protected with it yet'
      : checks === 'introspect'
        ? 'asks the issuer about each token'
        : 'no verifier follows: it asks the issuer, or refuses'
  const many = verifiers === 1 ? '1 verifier' : `${verifiers} verifiers`
  const lease = lease_ms > 0 ? `lease ${leaseWords(lease_ms)}` : 'no lease: it asks before it accepts'
  const quiet = silent > 0 && silent < verifiers ? `, ${silent} silent` : ''
  if (seq === undefined || behind === 0) return `${many}, at no. ${position}, ${lease}${quiet}`
  return `${many}, ${behind} not at no. ${seq} yet, ${lease}${quiet}`
}
