import type { Asked } from '../domain/grant.ts'
import type { GrantId, Hash, Subject } from '../domain/names.ts'
import type { Rights } from '../domain/user.ts'
import { messageOf, OAuthError } from '../errors.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'accounts' | 'log'>

/** P5, for the application's own users: head and clock first, then `find`. Built-in accounts: the load has their rights. */
export async function askRights(gid: GrantId, needs: Needs): Promise<Asked | undefined> {
  if (needs.accounts.builtIn) return undefined
  const { rows, at } = await needs.store.begin({ kind: 'grant', gid })
  // A grant that is already dead never reaches the application (contract §4).
  if (!rows || rows.grant.endedSeq !== undefined || (!rows.grant.offline && rows.session?.endedSeq !== undefined)) return undefined
  return { from: at, user: await find(rows.grant.sub, needs) }
}

/** The same for an authorization code. One that was used, or whose session ended, never reaches the application. */
export async function askRightsForCode(hash: Hash, needs: Needs): Promise<Asked | undefined> {
  if (needs.accounts.builtIn) return undefined
  const { rows, at } = await needs.store.begin({ kind: 'code', hash })
  if (!rows || rows.code.gid !== undefined || rows.session === undefined || rows.session.endedSeq !== undefined) return undefined
  return { from: at, user: await find(rows.code.sub, needs) }
}

/** The same by name, for a birth. */
export async function askRightsOf(sub: Subject, needs: Needs): Promise<Asked | undefined> {
  if (needs.accounts.builtIn) return undefined
  const { at } = await needs.store.begin({ kind: 'head' })
  return { from: at, user: await find(sub, needs) }
}

/** A source that does not answer mints nothing: 503, and the caller tries again (contract §4). */
async function find(sub: Subject, { accounts, log }: Needs): Promise<Rights | undefined> {
  if (accounts.builtIn) return undefined
  try {
    const found = await accounts.find(sub)
    if (found && found.sub !== sub) throw new TypeError('`find` answered with another `sub` than it was asked for')
    return found
  } catch (error) {
    log.error({ event: 'accounts.find_failed', problem: messageOf(error) }, 'accounts.find failed')
    throw new OAuthError('temporarily_unavailable', 'find_failed', {
      description: 'The accounts cannot be read right now. Try again.',
      headers: { 'retry-after': '2' },
    })
  }
}
