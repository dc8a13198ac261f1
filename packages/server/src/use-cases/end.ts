import type { Entry } from '@curfew/verifier/wire'
import type { Effect } from '../domain/effect.ts'
import { cutting, type EndVerdict, endGrant, endOthers, endSession, endToken, endUser, withdrawConsent } from '../domain/ending.ts'
import type { Grant } from '../domain/grant.ts'
import type { Instant, Seconds } from '../domain/instant.ts'
import type { ClientId, GrantId, Hash, SessionId, Subject, TokenId, UserId } from '../domain/names.ts'
import type { At } from '../domain/position.ts'
import type { Reason } from '../domain/session.ts'
import type { Held, Stored } from '../store/store.ts'
import type { Confirmed, Services, Told } from './needs.ts'

type Needs = Pick<Services, 'store' | 'confirmation' | 'signer' | 'log'>

/** What can be ended. `usr`: for one of the application's users whom nobody has seen here yet. `othersOf`: every device of the user but one. */
export type EndTarget =
  | { readonly session: SessionId }
  | { readonly grant: GrantId }
  | { readonly token: TokenId; readonly expiresAt: Instant }
  | { readonly user: Subject; readonly usr?: UserId }
  | { readonly othersOf: Subject; readonly except: SessionId | GrantId }
  | { readonly client: ClientId }
  /** RF-5: all that a user allowed a client, and what it got by that. */
  | { readonly withdrawn: ClientId; readonly by: Subject }
  | 'everything'

export interface EndHow {
  readonly why: Reason
  /** Seconds to wait for the confirmation; undefined: until it is decided, one lease and a little at most; 0: not at all (S6). */
  readonly wait?: Seconds | undefined
  /** Who reads the receipt: people see public services only (S4). */
  readonly reader?: 'user' | 'operator'
  /** With a user: what changes in the same transaction (password, disabled, deleted), or why it may not. */
  readonly also?: (held: Held['user'], at: At) => readonly Effect[] | { readonly refused: string }
  /** The client that `also` rests on: looked at under the same lock (P4). */
  readonly client?: ClientId
  /** With a user: a link that was mailed to them, which `also` looks at under the same lock. */
  readonly link?: Hash
  /** With a client: what changes in the same transaction (L1). */
  readonly with?: readonly Effect[]
}

/** What came of it. `refused`: by `also`; nothing was changed. */
export interface Ended {
  readonly ended: number
  readonly confirmed: Confirmed
  /** Signed, for the reader. */
  readonly receipt: string
  readonly stored: Stored
  readonly refused?: string
}

type Verdict = EndVerdict | { readonly outcome: 'refused'; readonly why: string; readonly effects: readonly [] }

/** The one funnel: everything that ends something goes through here, with all effects (design §4; protocol S1–S6). */
export async function end(target: EndTarget, how: EndHow, needs: Needs): Promise<Ended> {
  const verdict = await commit(target, how, needs) // S1
  const { confirmation, signer, log } = needs
  const kept = 'kept' in verdict ? verdict.kept.map(({ clientId, scope }) => ({ client: clientId, scope })) : []
  const ended = verdict.outcome === 'ended' ? verdict.count : 0
  const confirmed =
    verdict.outcome === 'ended'
      ? await confirmation.confirm({ what: told(verdict.entries), stored: verdict, kept }, how.wait)
      : // S3: by its stored outcome, or once more for its number; no row: for the present head.
        await confirmation.again('seq' in verdict ? verdict.seq : 0, { what: named(target), kept }, how.wait)
  if (verdict.outcome === 'ended') {
    log.info(
      {
        event: 'ended',
        target: kindOf(target),
        why: how.why,
        count: ended,
        seq: confirmed.seq,
        outcome: confirmed.outcome,
        took_ms: confirmed.tookMs,
      },
      'ended',
    )
  }
  return {
    ended,
    confirmed,
    receipt: signer.receipt(how.reader === 'operator' ? confirmed.whole : confirmed.shown),
    stored: verdict,
    ...(verdict.outcome === 'refused' ? { refused: verdict.why } : {}),
  }
}

function commit(target: EndTarget, how: EndHow, { store }: Needs): Promise<Verdict & Stored> {
  const { why } = how
  if (target === 'everything') {
    return store.update<{ kind: 'issuer' }, Verdict>({ kind: 'issuer' }, () => all([cutting('everything', why)]))
  }
  if ('session' in target)
    return store.update<{ kind: 'session'; sid: string }, Verdict>({ kind: 'session', sid: target.session }, (held, at) =>
      endSession(held, why, at),
    )
  if ('grant' in target)
    return store.update<{ kind: 'grant'; gid: string }, Verdict>({ kind: 'grant', gid: target.grant }, (held, at) =>
      endGrant(held, why, at),
    )
  if ('token' in target)
    return store.update<{ kind: 'token'; jti: string }, Verdict>({ kind: 'token', jti: target.token }, (held) =>
      endToken(held, target, why),
    )
  if ('client' in target) {
    return store.update<{ kind: 'client'; id: string }, Verdict>({ kind: 'client', id: target.client }, (held, at) =>
      held.client ? all([...(how.with ?? []), cutting({ client: target.client }, why)]) : { outcome: 'unknown', seq: at.head, effects: [] },
    )
  }
  if ('withdrawn' in target) {
    const { withdrawn: clientId, by: sub } = target
    return store.update<{ kind: 'granted'; sub: string; clientId: string }, Verdict>({ kind: 'granted', sub, clientId }, (held, at) =>
      withdrawConsent(held, clientId, why, at),
    )
  }
  if ('othersOf' in target) {
    return store.update<{ kind: 'user'; sub: string }, Verdict>({ kind: 'user', sub: target.othersOf }, (held, at) =>
      endOthers(held, target.except, why, at),
    )
  }
  const load = {
    kind: 'user',
    sub: target.user,
    ...(how.client === undefined ? {} : { clientId: how.client }),
    ...(how.link === undefined ? {} : { link: how.link }),
  } as const
  const unmet = target.usr === undefined ? undefined : { sub: target.user, usr: target.usr }
  return store.update<{ kind: 'user'; sub: string; clientId?: string; link?: string }, Verdict>(load, (held, at) => {
    const verdict = endUser(held, why, at, unmet)
    const also = verdict.outcome === 'ended' ? (how.also?.(held, at) ?? []) : []
    if ('refused' in also) return { outcome: 'refused', why: also.refused, effects: [] }
    return { ...verdict, effects: [...verdict.effects, ...also] }
  })
}

function all(effects: readonly Effect[]): EndVerdict {
  return { outcome: 'ended', count: 1, kept: [] as readonly Grant[], effects }
}

/** What the entries of a commit say, as a receipt has it (S4). */
export function told(entries: readonly Entry[]): Told {
  const names = entries.flatMap((entry) => ('ended' in entry ? [entry.ended] : []))
  const [first] = names
  if (first) return { ended: names.length === 1 ? first : names }
  for (const entry of entries) {
    if ('cut' in entry) return { cut: entry.cut }
    if ('stale' in entry) return { stale: entry.stale }
  }
  return { ended: [] }
}

/** For what had ended before, or was never there: the name that was asked for. */
function named(target: EndTarget): Told {
  if (target === 'everything') return { cut: {} }
  if ('session' in target) return { ended: { sid: target.session } }
  if ('grant' in target) return { ended: { gid: target.grant } }
  if ('token' in target) return { ended: { jti: target.token } }
  if ('client' in target) return { cut: { client_id: target.client } }
  return { ended: [] }
}

function kindOf(target: EndTarget): string {
  return target === 'everything' ? target : (Object.keys(target)[0] ?? 'unknown')
}
