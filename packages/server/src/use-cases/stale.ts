import type { Effect } from '../domain/effect.ts'
import { meeting, staling } from '../domain/ending.ts'
import type { Seconds } from '../domain/instant.ts'
import type { ClientId, Subject } from '../domain/names.ts'
import type { Held, Stored } from '../store/store.ts'
import { type Ended, told } from './end.ts'
import type { Services } from './needs.ts'
import { randomId } from './random-id.ts'

type Needs = Pick<Services, 'store' | 'confirmation' | 'signer' | 'accounts' | 'world' | 'log'>

/** Whose rights changed. */
export type StaleTarget = { readonly user: Subject } | { readonly client: ClientId } | 'everything'

export interface StaleHow {
  readonly wait?: Seconds | undefined
  readonly reader?: 'user' | 'operator'
  /** With a user: the change of rights itself, in the same transaction (P6). */
  readonly also?: (held: Held['user']) => readonly Effect[]
}

type Verdict =
  | { readonly outcome: 'staled'; readonly effects: readonly Effect[] }
  | { readonly outcome: 'unknown'; readonly head: number; readonly effects: readonly [] }

/** Rights changed: tokens minted before are refused everywhere, sessions and grants live on; one refresh is enough (P6). */
export async function stale(target: StaleTarget, how: StaleHow, needs: Needs): Promise<Ended> {
  const verdict = await commit(target, how, needs)
  const { confirmation, signer, log } = needs
  const confirmed =
    verdict.outcome === 'staled'
      ? await confirmation.confirm({ what: told(verdict.entries), stored: verdict, kept: [] }, how.wait)
      : await confirmation.again(verdict.head, { what: { stale: {} }, kept: [] }, how.wait)
  log.info({ event: 'staled', seq: confirmed.seq, outcome: confirmed.outcome, took_ms: confirmed.tookMs }, 'rights changed')
  return {
    ended: verdict.outcome === 'staled' ? 1 : 0,
    confirmed,
    receipt: signer.receipt(how.reader === 'operator' ? confirmed.whole : confirmed.shown),
    stored: verdict,
  }
}

function commit(target: StaleTarget, how: StaleHow, { store, accounts, world }: Needs): Promise<Verdict & Stored> {
  if (target === 'everything') return store.update<{ kind: 'issuer' }, Verdict>({ kind: 'issuer' }, () => staled([staling('everything')]))
  if ('client' in target) {
    return store.update<{ kind: 'client'; id: string }, Verdict>({ kind: 'client', id: target.client }, (held, at) =>
      held.client ? staled([staling({ client: target.client })]) : { outcome: 'unknown', head: at.head, effects: [] },
    )
  }
  const unmet = { sub: target.user, usr: randomId(world) }
  return store.update<{ kind: 'user'; sub: string }, Verdict>({ kind: 'user', sub: target.user }, (held, at) => {
    const { user } = held
    if (!user && accounts.builtIn) return { outcome: 'unknown', head: at.head, effects: [] }
    // As with an ending (endUser): who signs in for the first time at this moment may bring rights from before.
    if (!user) return staled([meeting(unmet, at), staling({ user: unmet.sub, usr: unmet.usr })])
    return staled([...(how.also?.(held) ?? []), staling({ user: user.sub, usr: user.usr })])
  })
}

function staled(effects: readonly Effect[]): Verdict {
  return { outcome: 'staled', effects }
}
