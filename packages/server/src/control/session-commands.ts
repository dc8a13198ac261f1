import type { Grant } from '../domain/grant.ts'
import type { Session } from '../domain/session.ts'
import { CurfewError } from '../errors.ts'
import { end } from '../use-cases/end.ts'
import { endTarget, type Named } from '../use-cases/end-target.ts'
import { type Inspected, inspectToken } from '../use-cases/inspect-token.ts'
import type { Services } from '../use-cases/needs.ts'
import { maybe, number, text } from './arguments.ts'
import type { Command } from './command.ts'
import { outcome } from './outcome.ts'
import { standingsOf } from './standing.ts'
import { named as namedUser, shown as shownUser } from './user-commands.ts'

/** `curfew sessions`, `revoke`, `who`, `inspect`. */
export const sessionCommands: Readonly<Record<string, Command>> = {
  'sessions.list': async (args, services) => {
    const { lists } = services.store
    if (args.user === undefined) return withNames(await lists.allSessions(number(args, 'limit') ?? 100), services)
    return withNames(await lists.sessions((await namedUser(args, services)).sub), services)
  },
  revoke: async (args, services) => {
    const named = await meant(args, services)
    // A name that was never there is a slip of the pen; a session or a grant may have been there, and is answered by S3.
    if (typeof named === 'object' && 'client' in named && !(await services.store.lists.clients()).some(({ id }) => id === named.client))
      throw new CurfewError(`There is no client ${named.client}. Which there are: curfew clients list`)
    const target = endTarget(named, services)
    if (!target) throw new CurfewError('This token is none of ours, or it is damaged: nothing was ended.')
    return outcome(await end(target, { why: 'revoked', wait: number(args, 'wait'), reader: 'operator' }, services))
  },
  who: async (args, services) => {
    const { lists } = services.store
    const user = await namedUser(args, services)
    const [sessions, grants] = await Promise.all([lists.sessions(user.sub), lists.grants(user.sub)])
    return {
      user: { ...shownUser(user), ...(user.cut > 0 ? { cut: user.cut } : {}), ...(user.stale > 0 ? { stale: user.stale } : {}) },
      sessions: sessions.map(shown),
      grants: grants.map(shownGrant),
      access_lifetime: services.settings.maxAccessLifetime,
      services: await standingsOf([...new Set(grants.map(({ audience }) => audience))], services),
    }
  },
  inspect: async (args, services) => {
    const found = await inspectToken(text(args, 'token'), services)
    if (found.sort === 'unknown') return { sort: 'unknown', active: false }
    const { head } = await services.store.ledger.rows()
    const { why, active, client, user } = found
    const about = {
      active,
      why,
      reason: reasonOf(found),
      client: client?.id,
      user: user?.identifier ?? user?.sub,
      head,
      now: Math.floor(services.world.wall() / 1000),
    }
    if (found.sort === 'refresh') {
      return { sort: 'refresh', ...about, ...endedBy(found, found.grant?.pos), grant: found.grant && shownGrant(found.grant) }
    }
    const ended = endedBy(found, found.claims.pos)
    return {
      sort: 'access',
      ...about,
      ...ended,
      // By which verifiers it is decided, and whether each knows of the end.
      services: await standingsOf([found.claims.aud], services, ended.ended_seq),
      claims: found.claims,
      session: found.session && shown(found.session),
      grant: found.grant && shownGrant(found.grant),
    }
  },
}

async function meant(args: Record<string, unknown>, services: Parameters<Command>[1]): Promise<Named> {
  if (args.everything === true) return 'everything'
  if (args.user !== undefined) return { user: (await namedUser(args, services)).sub }
  for (const name of ['session', 'grant', 'client', 'token'] as const) {
    const value = maybe(args, name)
    if (value !== undefined) return { [name]: value } as Named
  }
  throw new CurfewError('Say what to end: --user, --session, --grant, --client, --token - or --everything.')
}

/** What ended a token, and by which number: its own session or grant, or a cut; the issuer's own has no number here. */
function endedBy(
  found: Exclude<Inspected, { sort: 'unknown' }>,
  pos: number | undefined,
): { ended_seq?: number; ended_by?: 'user' | 'client' | 'everything' } {
  const byName = ('session' in found ? found.session?.endedSeq : undefined) ?? found.grant?.endedSeq
  if (byName !== undefined) return { ended_seq: byName }
  for (const by of ['user', 'client'] as const) {
    const cut = found[by]?.cut ?? 0
    if (pos !== undefined && pos < cut) return { ended_seq: cut, ended_by: by }
  }
  return found.why === 'cut' ? { ended_by: 'everything' } : {}
}

/** The same reason in the words of a verifier, which says whose cut or change of rights it is. */
function reasonOf(found: Exclude<Inspected, { sort: 'unknown' }>): string {
  const { why, user, client } = found
  if (found.sort === 'refresh' || (why !== 'cut' && why !== 'stale')) return why
  const { pos, seq } = found.claims
  const position = why === 'cut' ? pos : seq
  const by = position < (user?.[why] ?? 0) ? 'user' : position < (client?.[why] ?? 0) ? 'client' : 'everything'
  return `${by}_${why}`
}

function shown(session: Session): Record<string, unknown> {
  const { sid, sub, clientId, device, address, createdAt, lastUsedAt, idleExpiresAt, expiresAt, endedSeq, endedAt, endedWhy } = session
  const times = {
    created_at: seconds(createdAt),
    last_used_at: seconds(lastUsedAt),
    idle_expires_at: seconds(idleExpiresAt),
    expires_at: seconds(expiresAt),
  }
  return {
    sid,
    sub,
    client: clientId,
    device,
    address,
    ...times,
    ended_seq: endedSeq,
    ended_at: endedAt && seconds(endedAt),
    ended_why: endedWhy,
  }
}

/** Each looked up by itself: a longer list goes on with the ids alone. */
const mostNames = 100

async function withNames(sessions: readonly Session[], { store }: Pick<Services, 'store'>): Promise<Record<string, unknown>[]> {
  const subs = [...new Set(sessions.map(({ sub }) => sub))].slice(0, mostNames)
  const users = await Promise.all(subs.map((sub) => store.lists.user(sub)))
  // Found by its id, and not because somebody chose it for a name.
  const names = new Map(subs.map((sub, at) => [sub, users[at]?.sub === sub ? (users[at]?.identifier ?? users[at]?.name) : undefined]))
  return sessions.map((session) => ({ ...shown(session), user: names.get(session.sub) }))
}

function shownGrant(grant: Grant): Record<string, unknown> {
  const { gid, sid, clientId, scope, audience, offline, generation, createdAt, lastUsedAt, expiresAt, endedSeq, endedWhy } = grant
  const times = { created_at: seconds(createdAt), last_used_at: seconds(lastUsedAt), expires_at: seconds(expiresAt) }
  return { gid, sid, client: clientId, scope, audience, offline, refreshes: generation, ...times, ended_seq: endedSeq, ended_why: endedWhy }
}

function seconds(instant: number): number {
  return Math.floor(instant / 1000)
}
