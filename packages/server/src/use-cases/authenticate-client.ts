import type { Client, ClientAuthentication } from '../domain/client.ts'
import type { At, Position } from '../domain/position.ts'
import { OAuthError } from '../errors.ts'
import type { Issuer } from '../store/store.ts'
import { isSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'

/** What a request says of who is asking (RFC 6749 §2.3). */
export interface ClientCredentials {
  readonly id: string
  readonly secret?: string | undefined
  readonly method: ClientAuthentication
}

/** A client that proved itself, and where the ledger stood before it did (P1): a client's own token is born there. */
export interface Caller {
  readonly client: Client
  readonly position: Position
  readonly at: At
  readonly issuer: Issuer
}

/** RFC 6749 §2.3, §3.2.1. One refusal for an unknown client, a wrong secret and another method than the registered one (TK-2, TK-13). */
export async function authenticateClient(
  given: ClientCredentials,
  address: string | undefined,
  { store, limiter }: Pick<Services, 'store' | 'limiter'>,
): Promise<Caller> {
  // TK-4. A public client shows no secret that could be guessed.
  const failures = given.method === 'none' ? undefined : limiter.clientFailures({ id: given.id, address })
  // Secret, cut, head and clock in one statement: nothing can come between the check and the position.
  const { rows, at, position } = await store.begin({ kind: 'client', id: given.id, ...(failures ? { limits: failures.keys } : {}) })
  if (!failures?.isShared) failures?.check(rows.arrivals, at)
  const { client, issuer } = rows
  const isRight = given.method === 'none' ? client?.authentication === 'none' : isSecret(given.secret ?? '', client?.secret)
  if (!client || client.disabled || !isRight || client.authentication !== given.method) {
    failures?.check(rows.arrivals, at)
    await failures?.add()
    throw new OAuthError(
      'invalid_client',
      !client ? 'unknown' : client.disabled ? 'disabled' : client.authentication !== given.method ? 'method' : 'secret',
      {
        description: 'The client is not known here, or did not prove itself in the way that it is registered for.',
      },
    )
  }
  return { client, position, at, issuer }
}
