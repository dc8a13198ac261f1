import type { Grant } from '../domain/grant.ts'
import type { Subject } from '../domain/names.ts'
import type { Session } from '../domain/session.ts'
import type { Services } from './needs.ts'

/** Where a user is signed in: live sessions, and offline grants, each a device of its own (contract §3). Newest first. */
export async function listSessions(
  sub: Subject,
  { store }: Pick<Services, 'store'>,
): Promise<{ sessions: readonly Session[]; offline: readonly Grant[] }> {
  const [sessions, grants] = await Promise.all([store.lists.sessions(sub), store.lists.grants(sub)])
  return { sessions, offline: grants.filter((grant) => grant.offline) }
}
