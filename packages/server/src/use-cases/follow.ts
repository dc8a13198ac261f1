import type { FollowRequest } from '@curfew/verifier/wire'
import type { Service } from '../domain/service.ts'
import { OAuthError, stopping } from '../errors.ts'
import type { Followed, Services } from './needs.ts'

/** A verifier of a service asks for what is newer than it has (F1–F5). Refusals are thrown; whoever went away meanwhile gets undefined. */
export async function follow(
  service: Service,
  request: FollowRequest,
  closed: AbortSignal,
  { followers }: Pick<Services, 'followers'>,
): Promise<Extract<Followed, { outcome: 'answer' }> | undefined> {
  const followed = await answered(followers.follow({ service: service.id, local: false }, request, closed))
  if (closed.aborted) return undefined
  switch (followed.outcome) {
    case 'answer':
      return followed
    case 'behind': // F2
      throw new OAuthError('ledger_behind', 'ledger_behind', {
        description: 'The ledger has not come as far as this verifier. Begin again with after: 0 and a new id.',
      })
    case 'refused': // F7, V10
      throw new OAuthError('forbidden', 'service_refused', {
        description:
          request.on_lease_lost === 'accept' && service.checks !== 'none'
            ? `on_lease_lost: accept is only for services that are registered with checks: none; ${service.id} has checks: ${service.checks}.`
            : `The service ${service.id} is refused.`,
      })
    case 'full': // F7
      throw new OAuthError('too_many_requests', 'too_many_verifiers', {
        description: `The service ${service.id} has as many verifiers as it may have at a time (${service.maxRows}).`,
        headers: { 'retry-after': '5' },
      })
    case 'stopping': // R1
      throw stopping('This node of the issuer stops, and gives no lease any more. Ask again.')
  }
}

/** A verifier gave up its lease for good (F6). */
export async function release(service: Service, id: string, { followers }: Pick<Services, 'followers'>): Promise<void> {
  await answered(followers.release(service.id, id))
}

/** Without the database there are no leases (protocol.md, In practice): the verifier goes on with the one that it has, and asks again. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    if (cause instanceof OAuthError && cause.reason === 'stopping') throw cause
    throw Object.assign(databaseAway(), { cause })
  }
}

function databaseAway(): OAuthError {
  return new OAuthError('temporarily_unavailable', 'database', {
    description: "The issuer's database does not answer, so no lease can be given at this moment. Ask again.",
    headers: { 'retry-after': '1' },
  })
}
