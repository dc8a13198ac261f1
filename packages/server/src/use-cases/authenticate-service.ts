import type { Service } from '../domain/service.ts'
import { isSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'

/** The service whose key was shown (contract §2); undefined for anybody else. One hash, whatever was shown (TK-4). */
export async function authenticateService(
  shown: { readonly id: string; readonly secret: string },
  { directory }: Pick<Services, 'directory'>,
): Promise<Service | undefined> {
  const known = await directory.find(shown.id)
  if (isSecret(shown.secret, known?.secret)) return known
  // Registered, or given another key, in the last second: only what cannot be right is refused without looking.
  if (!/^[\w-]{43}$/.test(shown.secret)) return undefined
  const fresh = await directory.find(shown.id, true)
  return isSecret(shown.secret, fresh?.secret) ? fresh : undefined
}
