import type { Client } from './client.ts'

/**
 * The one audience of a token: the `resource` asked for, else the client's, else the configured one (contract §2, RFC 8707 §2); undefined:
 * `invalid_target`. `served`: audiences that a service has. No token is made for any other.
 */
export function targetOf(
  resource: string | undefined,
  client: Pick<Client, 'audience' | 'audiences'>,
  known: { readonly configured: string; readonly served: readonly string[] },
): string | undefined {
  const own = client.audience ?? known.configured
  const target = resource ?? own
  if (!known.served.includes(target)) return undefined
  return target === own || !client.audiences || client.audiences.includes(target) ? target : undefined
}
