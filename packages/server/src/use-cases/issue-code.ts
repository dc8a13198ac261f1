import { type CodeFor, type CodeVerdict, issueCode as decide } from '../domain/authorization-code.ts'
import type { SessionId } from '../domain/names.ts'
import { hashSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'
import { randomSecret } from './random-id.ts'

/** Makes an authorization code for a session that lives; stored is its hash. `problem`: why there is none. */
export async function issueCode(
  wanted: Omit<CodeFor, 'hash'>,
  sid: SessionId,
  { store, world }: Pick<Services, 'store' | 'world'>,
): Promise<{ readonly code: string } | { readonly problem: CodeVerdict['outcome'] }> {
  const code = randomSecret(world)
  const given = { ...wanted, hash: hashSecret(code) }
  const verdict = await store.update<{ kind: 'session'; sid: string; clientId: string }, CodeVerdict>(
    { kind: 'session', sid, clientId: wanted.request.clientId },
    (held, at) => decide(held, given, at),
  )
  return verdict.outcome === 'issued' ? { code } : { problem: verdict.outcome }
}
