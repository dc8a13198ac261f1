import { maybeEverybody, networkIn, regionIn, type TrustedProxies } from '../domain/caller.ts'
import type { Effect, Verdict } from '../domain/effect.ts'
import { type Arrivals, type Counted, count, giveBack, type Throttled, take, waitUntil } from '../domain/limit.ts'
import type { LimitName, Limits } from '../domain/limits.ts'
import type { Hash, Subject } from '../domain/names.ts'
import { normaliseIdentifier } from '../domain/password-policy.ts'
import type { At } from '../domain/position.ts'
import { OAuthError } from '../errors.ts'
import type { Store } from '../store/store.ts'
import type { World } from '../world.ts'
import { openRefusals } from './refusals.ts'

/** Counts tries, and refuses those that are too many with 429 and the time after which there is one more (LG-2, RL-1). */
export interface Limiter {
  readonly isOn: boolean
  /** What a device remembers a name by. */
  nameOf(name: string): string
  /** Before a password is looked at: of fifty at once no more get through than there may be. */
  signIn(given: {
    readonly identifier: string
    readonly address: string | undefined
    readonly knownDevice?: string | undefined
  }): Promise<Forgiven>
  signUp(address: string | undefined): Promise<void>
  /**
   * Before a mail is sent that anybody can cause. `about`: what only somebody who is signed in does, whether an address is theirs and what was done;
   * each is counted by itself, so that no name which strangers type uses it up. `own`: whose name the address is; theirs are counted apart from those
   * of all who claim it to be theirs as well, and could keep them from ever showing it.
   */
  mail(given: {
    readonly to: string
    readonly about?: 'verify' | 'done'
    readonly own?: Subject | undefined
    readonly address: string | undefined
  }): Promise<void>
  /** Before the present password is looked at. `device`: the session or grant that asks. */
  passwordChange(given: { readonly device: string; readonly sub: string }): Promise<Forgiven>
  /** What wrong secrets of this client, or service, are counted under; nothing for one that proves itself with none. */
  clientFailures(given: { readonly id: string; readonly address: string | undefined }): ClientFailures
}

/** What a try that was good gives back, in the transaction that it leads to: who signs in often attacks nobody. */
export type Forgiven = readonly Effect[]

/** Read with the client, in one statement: a good secret costs no commit. */
export interface ClientFailures {
  readonly keys: readonly Hash[]
  /** The address may be everybody's: then only a wrong secret is refused, or any stranger behind the same proxy could stop the client. */
  readonly isShared: boolean
  /** Refuses, whatever the secret is. */
  check(arrivals: Arrivals, at: At): void
  /** Counts one more. */
  add(): Promise<void>
}

/** What limits are made from. */
export interface LimiterParts {
  readonly limits: Limits | false
  readonly proxies: TrustedProxies
  readonly store: Pick<Store, 'update'>
  readonly world: Pick<World, 'monotonic'>
  readonly keyOf: (name: LimitName, what: string) => Hash
}

/** Makes the limiter. With `limits: false` it counts nothing. */
export function openLimiter({ limits, proxies, store, world, keyOf }: LimiterParts): Limiter {
  if (limits === false) return unlimited
  const refusals = openRefusals(world)
  /** How many are asked about at this moment, by what they are counted under. */
  const asking = new Map<Hash, number>()

  const counted = (name: LimitName, what: string): Counted => ({ key: keyOf(name, what), rate: limits[name] })

  const by = (address: string | undefined, network: LimitName, region?: LimitName): readonly Counted[] => {
    if (maybeEverybody(address, proxies)) return []
    const wide = region && counted(region, regionIn(address))
    return [counted(network, networkIn(address)), ...(wide ? [wide] : [])]
  }

  const isFull = ({ key, rate }: Counted): boolean => (asking.get(key) ?? 0) >= rate.burst

  async function ask<V extends Verdict>(all: readonly Counted[], decide: (held: Arrivals, at: At) => V): Promise<V> {
    const keys = all.map(({ key }) => key)
    for (const key of keys) asking.set(key, (asking.get(key) ?? 0) + 1)
    try {
      return await store.update<{ kind: 'limits'; keys: readonly Hash[] }, V>({ kind: 'limits', keys }, decide)
    } finally {
      for (const key of keys) {
        const left = asking.get(key)! - 1
        if (left > 0) asking.set(key, left)
        else asking.delete(key)
      }
    }
  }

  async function admit(all: readonly Counted[]): Promise<void> {
    // Somebody who floods is told so from memory: that costs no transaction.
    const known = refusals.left(all.map(({ key }) => key))
    if (known > 0) throw tooMany(known)
    // No more can be let in than are asked about already; in the store everybody's next sign-in would wait behind each that asks all the same.
    const full = all.filter(isFull)
    if (full.length > 0) throw tooMany(Math.max(...full.map(({ rate }) => rate.every)) * 1000)
    let now = 0
    const verdict = await ask<Throttled>(all, (held, at) => {
      now = at.now
      return take(held, all, at)
    })
    if (verdict.outcome === 'let_in') return
    refusals.note(verdict.full, verdict.until - now)
    throw tooMany(verdict.until - now)
  }

  return {
    isOn: true,
    nameOf: (name) => keyOf('device', name).slice(0, 22),
    async signIn({ identifier, address, knownDevice }) {
      // An unknown name is counted like any other: whether there is one is not told by when tries run out (LG-1).
      const name = normaliseIdentifier(identifier) ?? ''
      const own =
        knownDevice !== undefined
          ? [counted('device', `${knownDevice}\0${name}`)]
          : [counted('account', `${networkIn(address)}\0${name}`), counted('accountEverywhere', name)]
      // A device that was signed in before shares its tries with no stranger: whoever floods from elsewhere does not touch them.
      const shared =
        knownDevice === undefined
          ? [...by(address, 'signInsFromNetwork', 'signInsFromRegion'), counted('signIns', '')]
          : [counted('ownPassword', `name\0${name}`)]
      await admit([...own, ...shared])
      return giveBack(own)
    },
    signUp: (address) => admit([...by(address, 'signUpsFromNetwork', 'signUpsFromRegion'), counted('signUps', '')]),
    mail({ to, about, own, address }) {
      // No name has a control character in it.
      const what = `${about === undefined ? '' : `${about}\0`}${own === undefined ? '' : `own\0${own}\0`}${normaliseIdentifier(to) ?? ''}`
      return admit([counted('mailsTo', what), ...by(address, 'mailsFromNetwork', 'mailsFromRegion'), counted('mails', '')])
    },
    async passwordChange({ device, sub }) {
      const own = [counted('passwordChange', device)]
      await admit([...own, counted('ownPassword', `sub\0${sub}`)])
      return giveBack(own)
    },
    clientFailures({ id, address }) {
      // By network, so that nobody stops somebody else's client by failing in its name. The secret itself has 256 bits.
      const all = [counted('clientFailures', `${networkIn(address)}\0${id}`), ...by(address, 'clientFailuresFromNetwork')]
      const keys = all.map(({ key }) => key)
      return {
        keys,
        isShared: maybeEverybody(address, proxies),
        check(arrivals, { now }) {
          const until = waitUntil(arrivals, all, now)
          if (until > now) throw tooMany(until - now)
        },
        async add() {
          // As many as are counted at all are being counted.
          if (!all.some(isFull)) await ask(all, (held, at) => ({ outcome: 'counted', effects: count(held, all, at) }))
        },
      }
    },
  }
}

/** Counts nothing: somebody in front does. */
const unlimited: Limiter = {
  isOn: false,
  nameOf: () => '',
  signIn: async () => [],
  signUp: async () => undefined,
  mail: async () => undefined,
  passwordChange: async () => [],
  clientFailures: () => ({ keys: [], isShared: false, check: () => undefined, add: async () => undefined }),
}

/** RFC 6585 §4, RFC 9110 §10.2.3. The wait in whole seconds, rounded up: who comes back then is let in. */
export function tooMany(milliseconds: number): OAuthError {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000))
  const wait = seconds === 1 ? '1 second' : `${seconds} seconds`
  return new OAuthError('too_many_requests', 'limit', {
    description: `Too many tries. Wait ${wait}, then try again.`,
    headers: { 'retry-after': String(seconds) },
  })
}
