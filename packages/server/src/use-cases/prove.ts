import type { Asked } from '../domain/grant.ts'
import type { Subject } from '../domain/names.ts'
import { isPlausible, normaliseIdentifier } from '../domain/password-policy.ts'
import type { Position } from '../domain/position.ts'
import { messageOf, OAuthError } from '../errors.ts'
import { askRightsOf } from './ask-rights.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'accounts' | 'passwords' | 'log'>

/** What somebody types to show who they are. */
export interface Typed {
  readonly identifier: string
  readonly password: string
  readonly address?: string | undefined
  /** On a device that is signed in, or was. */
  readonly isKnown?: boolean | undefined
  /** Carried from an authorization request that began before (P1). */
  readonly position?: Position | undefined
}

/** A password was right, or an account was just made: what a birth may rest on. */
export interface Proven {
  readonly sub: Subject
  readonly position: Position
  readonly checkedPassword?: string | undefined
  /** The same password, hashed as today. */
  readonly upgrade?: string | undefined
  readonly asked?: Asked | undefined
}

/**
 * Who it is; undefined for nobody, a wrong password, a disabled account. P1: the position is read before the password is checked. The same work
 * is done for a name that nobody has (LG-1).
 */
export async function prove(typed: Typed, needs: Needs): Promise<Proven | undefined> {
  const { accounts, passwords, store } = needs
  const identifier = normaliseIdentifier(typed.identifier)
  if (accounts.builtIn) {
    const { rows: user, position } = await store.begin({ kind: 'identifier', identifier: identifier ?? '' })
    const isRight = await passwords.check(isPlausible(typed.password) ? typed.password : '', user?.password, typed.isKnown)
    if (!identifier || !user || !isRight || user.disabled) return undefined
    const checked = { sub: user.sub, position: typed.position ?? position, checkedPassword: user.password }
    const upgrade = user.password === undefined ? undefined : await renewedHash(typed.password, user.password, needs)
    return upgrade === undefined ? checked : { ...checked, upgrade }
  }
  const { position } = await store.begin({ kind: 'head' })
  if (!identifier || !isPlausible(typed.password)) return undefined
  const who = await authenticate(typed, needs)
  if (!who) return undefined
  const asked = await askRightsOf(who.sub, needs)
  return asked?.user && !asked.user.disabled ? { sub: who.sub, position: typed.position ?? position, asked } : undefined
}

/** S22: a hash of another system becomes one of today's while the password is at hand. Whoever signs in does not wait in a queue for that. */
async function renewedHash(password: string, stored: string, { passwords }: Needs): Promise<string | undefined> {
  try {
    return await passwords.renewed(password, stored)
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'too_many_requests') return undefined
    throw error
  }
}

async function authenticate({ identifier, password, address }: Typed, { accounts, log }: Needs): Promise<{ sub: Subject } | undefined> {
  if (accounts.builtIn) return undefined
  try {
    return await accounts.authenticate({ identifier, password, address })
  } catch (error) {
    log.error({ event: 'accounts.authenticate_failed', problem: messageOf(error) }, 'accounts.authenticate failed')
    throw new OAuthError('temporarily_unavailable', 'authenticate_failed', {
      description: 'Signing in does not work right now. Try again.',
      headers: { 'retry-after': '2' },
    })
  }
}
