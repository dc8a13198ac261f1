import type { Client } from './client.ts'
import type { Instant } from './instant.ts'

/** The device limit (SS-6): of what lives of a client, what was used longest ago makes room for one more. */
export function makingRoom<T extends { readonly lastUsedAt: Instant; readonly createdAt: Instant }>(
  live: readonly T[],
  { maxSessions }: Pick<Client, 'maxSessions'>,
): readonly T[] {
  if (maxSessions === undefined) return []
  const oldest = [...live].sort((a, b) => a.lastUsedAt - b.lastUsedAt || a.createdAt - b.createdAt)
  return oldest.slice(0, Math.max(0, oldest.length + 1 - maxSessions))
}
