import { leaseWords, lengthWords } from '@curfew/verifier/explain'
import { isSame, type ServiceStanding, standing, type VerifierRow } from '../standing-facts.ts'
import { type Finding, good, look, wrong } from './finding.ts'
import { clockFinding } from './issuer.ts'

/** What `doctor` in control/ says. */
export interface DoctorAnswer {
  readonly version: string
  readonly node: string
  readonly issuer: string
  readonly now: number
  readonly database_ms: number
  readonly head: number
  readonly lease_ms: number
  readonly wait_ms: number
  readonly settled: boolean
  readonly horizon_ms: number
  readonly paused_until?: number
  readonly longest_token: number
  readonly counts: { readonly users: number; readonly sessions: number; readonly grants: number; readonly entries: number }
  /** None of the last sessions knows where it was begun. */
  readonly no_address?: true
  readonly services: readonly ServiceStanding[]
  readonly verifiers: readonly VerifierRow[]
  readonly vanished: readonly { readonly service: string; readonly process: string; readonly gone_at: number }[]
  readonly uncovered: readonly { readonly client: string; readonly audience: string }[]
}

const nobodysAddress = look(
  'addresses',
  'of none of the last sessions is known where it was begun: limits by network count nobody',
  'hand the address in, curfew.fetch(request, { peer: { address } }), or name the proxy',
)

/** Database, ledger, lease: what the promise rests on. `now`: of this machine, in seconds. */
export function ledgerFindings(found: DoctorAnswer, now: number): Finding[] {
  const { counts, head, lease_ms, wait_ms, settled, horizon_ms, longest_token, paused_until, database_ms } = found
  const people = `${several(counts.users, 'user')}, ${several(counts.sessions, 'session')}, ${several(counts.grants, 'grant')}`
  const slow = database_ms > 250
  const alarm = found.now - horizon_ms > longest_token * 1000 + 660_000 // E1: a clock that is further ahead of the horizon leapt
  return [
    ...(found.no_address ? [nobodysAddress] : []),
    slow
      ? look('database', `${people}; it took ${leaseWords(database_ms)} to answer`, 'look at its disk and its load')
      : good('database', people),
    clockFinding("database's clock", Math.max(0, Math.abs(found.now / 1000 - now) - 1), "this machine's"),
    alarm
      ? look(
          'ledger',
          `at no. ${head}, and its horizon is ${lengthWords((found.now - horizon_ms) / 1000)} back`,
          "the server's clock leapt, or it was away for long: it catches up by itself",
        )
      : good('ledger', `at no. ${head}, ${counts.entries} kept of it`),
    wait_ms > 1.02 * lease_ms + 100
      ? look(
          'lease',
          `${leaseWords(lease_ms)}, and a sign-out waits up to ${leaseWords(wait_ms)}`,
          'nothing: until the longer leases of before are over',
        )
      : good('lease', `${leaseWords(lease_ms)}: a sign-out waits for a silent service up to ${leaseWords(wait_ms)}`),
    ...(settled ? [] : [look('sign-outs', 'not confirmed yet: the stop before was not clean', 'nothing: wait for one lease')]),
    ...(paused_until === undefined
      ? []
      : [
          look(
            'pause',
            `a planned outage, ${paused_until > now ? `for ${lengthWords(paused_until - now)} more` : 'over'}`,
            'when it is over: curfew pause --end',
          ),
        ]),
  ]
}

/** Who decides by the ledger: services that nobody follows for, that check nothing, that fell silent or lag. `before`: a look a moment ago. */
export function serviceFindings(found: DoctorAnswer, before: DoctorAnswer, now: number): Finding[] {
  const stuck = found.verifiers.filter(
    (one) =>
      one.lease_ms > 0 &&
      one.lag > 0 &&
      before.verifiers.some((other) => isSame(one, other) && other.lag > 0 && other.position === one.position),
  )
  return [
    ...found.services.map((one) => serviceFinding(one, found.longest_token)),
    ...found.verifiers
      .filter(({ lease_ms }) => lease_ms === 0)
      .map((one) =>
        look(
          one.service,
          `${one.process} is silent for ${lengthWords(one.silent_ms / 1000)}, at no. ${one.position}`,
          'look whether it runs, and reaches the issuer; it lets nobody in on its own',
        ),
      ),
    ...stuck.map((one) =>
      look(
        one.service,
        `${one.process} is ${one.lag} behind, at no. ${one.position}`,
        'look whether it is out of breath: sign-outs wait for it',
      ),
    ),
    ...found.vanished
      .filter(({ gone_at }) => now - gone_at < 3600)
      .map((one) =>
        look(
          one.service,
          `${one.process} vanished ${lengthWords(now - one.gone_at)} ago, without a goodbye`,
          'did it crash? verifier.close() on SIGTERM gives the lease back',
        ),
      ),
    ...found.uncovered.map(({ client, audience }) =>
      wrong(
        'coverage',
        `the client ${client} asks for ${audience}, and no service has it`,
        `curfew services add NAME --audience ${audience}`,
      ),
    ),
  ]
}

function serviceFinding(one: ServiceStanding, longest: number): Finding {
  const { service, checks, own, verifiers, refused } = one
  if (refused) return look(service, 'may not follow: it was removed', 'nothing, if that was meant')
  if (checks === 'none')
    return look(service, 'is not covered: it checks nothing', `tokens there live ${lengthWords(longest)} after a sign-out: let it follow`)
  if (checks === 'follow' && verifiers === 0 && !own)
    return look(service, 'no verifier follows', 'start it with its CURFEW_KEY, or look at its log')
  return good(service, standing(one))
}

function several(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}
