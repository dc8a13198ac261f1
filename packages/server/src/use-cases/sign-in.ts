import type { ClientId } from '../domain/names.ts'
import type { Position } from '../domain/position.ts'
import { openSession, type SignedInVerdict } from '../domain/session.ts'
import { OAuthError } from '../errors.ts'
import { browserSession, replace } from './browser-session.ts'
import { untilGrid } from './grid.ts'
import { hashSecret } from './hash-secret.ts'
import { knownDevice, rememberDevice } from './known-device.ts'
import type { Forgiven } from './limiter.ts'
import type { Services } from './needs.ts'
import { type Proven, prove } from './prove.ts'
import { randomId, randomSecret } from './random-id.ts'
import { reauthenticateBrowser } from './reauthenticate.ts'
import { type SignedIn, signedIn } from './signed-in.ts'

type Needs = Pick<
  Services,
  'store' | 'accounts' | 'passwords' | 'settings' | 'signer' | 'refreshTokens' | 'sealer' | 'limiter' | 'confirmation' | 'world' | 'log'
>

export interface SignInWith {
  readonly identifier: string
  readonly password: string
  readonly device?: string | undefined
  readonly address?: string | undefined
  /** Make a browser's cookie, and no refresh token. */
  readonly cookie: boolean
  /** The value of the session cookie that the browser has now. */
  readonly replaces?: string | undefined
  /** What the device showed of itself (known-device.ts). */
  readonly deviceToken?: string | undefined
  /** Carried from an authorization request that began before (P1). */
  readonly position?: Position | undefined
  /** The client for which somebody signs in at the pages; the first-party client otherwise. */
  readonly clientId?: ClientId | undefined
}

const mismatch = { description: 'The name or the password is wrong.' }

/** Signs somebody in with a name and a password. One refusal for an unknown name, a wrong password and a disabled account (LG-1). */
export async function signIn(given: SignInWith, needs: Needs): Promise<SignedIn> {
  const came = needs.world.monotonic()
  const { identifier, address, deviceToken } = given
  const known = knownDevice(deviceToken, identifier, needs)
  const forgiven = await needs.limiter.signIn({ identifier, address, knownDevice: known })
  try {
    const signedIn = await proveAndOpen({ ...given, isKnown: known !== undefined }, forgiven, needs)
    return { ...signedIn, deviceToken: rememberDevice(deviceToken, identifier, needs) }
  } catch (error) {
    if (error instanceof OAuthError && error.code === 'invalid_credentials') await untilGrid(came, needs)
    throw error
  }
}

async function proveAndOpen(
  given: SignInWith & { readonly isKnown: boolean },
  forgiven: Forgiven,
  needs: Needs,
  isAgain = false,
): Promise<SignedIn> {
  const proven = await prove(given, needs)
  if (!proven) throw new OAuthError('invalid_credentials', 'mismatch', mismatch)

  const before = await browserSession(given.replaces, needs)
  if (before && before.sub === proven.sub && given.cookie) {
    const again = await reauthenticateBrowser(before, proven, { address: given.address, forgiven }, needs)
    if (again) return again
  } else if (before) {
    await replace(before, needs)
  }
  try {
    return await birth(proven, given, needs, forgiven)
  } catch (error) {
    // S22: two first sign-ins at once, and the other one has made the hash new. Whether it was that, or a change, the password says.
    const isRenewed = error instanceof OAuthError && error.reason === 'changed' && proven.upgrade !== undefined
    if (isRenewed && !isAgain) return proveAndOpen(given, forgiven, needs, true)
    throw error
  }
}

/** Opens the session and answers with what the device needs. Used by sign-in, sign-up and (with `after`) a password change. */
export async function birth(
  proven: Proven,
  given: Pick<SignInWith, 'device' | 'address' | 'cookie' | 'clientId'>,
  needs: Omit<Needs, 'limiter' | 'sealer'>,
  forgiven: Forgiven = [],
): Promise<SignedIn> {
  const prepared = prepareBirth(proven, given, needs)
  const verdict = await needs.store.update<{ kind: 'user'; sub: string; clientId: string }, SignedInVerdict>(
    { kind: 'user', sub: proven.sub, clientId: prepared.clientId },
    (held, at) => {
      const opened = openSession(held, prepared.signIn, at)
      return opened.outcome === 'signed_in' ? { ...opened, effects: [...opened.effects, ...forgiven] } : opened
    },
  )
  if (verdict.outcome !== 'signed_in') throw new OAuthError('invalid_credentials', verdict.outcome, mismatch)
  return signedIn(verdict, proven.position, prepared.cookie, needs)
}

/** The random values of a birth, made before the transaction: `decide` may run twice and must say the same. */
export function prepareBirth(
  proven: Proven,
  given: Pick<SignInWith, 'device' | 'address' | 'cookie' | 'clientId'>,
  { settings, world }: Pick<Needs, 'settings' | 'world'>,
): { clientId: ClientId; cookie: string | undefined; signIn: Parameters<typeof openSession>[1] } {
  const cookie = given.cookie ? randomSecret(world) : undefined
  const clientId = given.clientId ?? settings.session.client
  return {
    clientId,
    cookie,
    signIn: {
      position: proven.position,
      sid: randomId(world),
      gid: clientId === settings.session.client ? randomId(world) : undefined,
      usr: randomId(world),
      sub: proven.sub,
      cookie: cookie && hashSecret(cookie),
      device: given.device,
      address: given.address,
      amr: ['pwd'],
      audience: settings.audience,
      lifetimes: { idle: settings.session.idleLifetime, absolute: settings.session.absoluteLifetime },
      asked: proven.asked,
      checkedPassword: proven.checkedPassword,
      upgrade: proven.upgrade,
    },
  }
}
