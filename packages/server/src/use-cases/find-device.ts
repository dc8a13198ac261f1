import type { Subject } from '../domain/names.ts'
import type { EndTarget } from './end.ts'
import type { Services } from './needs.ts'

/**
 * The device of this user that has the id, a session or an offline grant, live or ended: who signs it out a second time gets the first
 * outcome (S3). Somebody else's is not found.
 */
export async function findDevice(sub: Subject, id: string, { store }: Pick<Services, 'store'>): Promise<EndTarget | undefined> {
  if (!/^[\w-]{22}$/.test(id)) return undefined
  const session = await store.lists.session(id)
  if (session) return session.sub === sub ? { session: id } : undefined
  const grant = await store.lists.grant(id)
  return grant?.offline && grant.sub === sub ? { grant: id } : undefined
}
