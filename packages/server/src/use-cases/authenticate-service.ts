import type { Service } from '../domain/service.ts'
import { isSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'

/**
 * The service whose key this is, by one hash and a comparison in constant time (protocol.md, Services); undefined for anybody else. A key
 * that is good a second long after it was taken back gives no lease: F1 looks for the service itself (F7).
 */
export async function authenticateService(
  given: { readonly id: string; readonly secret: string },
  { directory }: Pick<Services, 'directory'>,
): Promise<Service | undefined> {
  const known = await directory.find(given.id)
  if (isSecret(given.secret, known?.secret)) return known
  const now = await directory.find(given.id, true) // it may have been registered this second
  return isSecret(given.secret, now?.secret) ? now : undefined
}
