import type { Effect } from '../domain/effect.ts'
import { normaliseIdentifier, normaliseMail } from '../domain/password-policy.ts'
import type { User } from '../domain/user.ts'
import { OAuthError } from '../errors.ts'
import { browserSession, replace } from './browser-session.ts'
import { rememberDevice } from './known-device.ts'
import { mailLink } from './mail-link.ts'
import type { Services } from './needs.ts'
import { randomId } from './random-id.ts'
import { requireGoodPassword } from './require-good-password.ts'
import { birth, type SignInWith } from './sign-in.ts'
import type { SignedIn } from './signed-in.ts'
import { mailAfterwards } from './tell-by-mail.ts'

type Needs = Pick<
  Services,
  | 'store'
  | 'accounts'
  | 'passwords'
  | 'settings'
  | 'signer'
  | 'refreshTokens'
  | 'sealer'
  | 'limiter'
  | 'confirmation'
  | 'world'
  | 'log'
  | 'mail'
>

export interface NewAccount {
  readonly identifier: string
  readonly password: string
  readonly name?: string | undefined
  readonly roles?: readonly string[] | undefined
  /** Their mail address; where the name is one, that. `mailVerified`: an operator says that it is theirs. */
  readonly mail?: string | undefined
  readonly mailVerified?: boolean | undefined
}

type NewUser = Omit<User, 'cut' | 'stale' | 'deleted'>

type Verdict = { readonly outcome: 'added' | 'taken'; readonly effects: readonly Effect[] }

/** Makes an account and signs its owner in. Only with `accounts.signUp`. Whether a name is taken is told: without a mail address there is no other way. */
export async function signUp(
  given: NewAccount & Pick<SignInWith, 'device' | 'deviceToken' | 'address' | 'cookie' | 'replaces' | 'clientId'>,
  needs: Needs,
): Promise<SignedIn> {
  if (!needs.accounts.builtIn || !needs.settings.signUp)
    throw new OAuthError('not_found', 'sign_up_off', { description: 'Nobody can sign up here.' })
  await needs.limiter.signUp(given.address)
  const { position } = await needs.store.begin({ kind: 'head' }) // P1
  const { user, password } = await addAccount(given, needs)
  const { sub } = user
  const { mail } = needs
  if (mail && user.mail !== undefined) {
    const to = { user, mail: user.mail, position }
    const verify = async (): Promise<void> => {
      // Whose address it is, nobody knows yet: they are asked a few times, and not more (LG-2).
      await needs.limiter.mail({ to: to.mail, about: 'verify', own: to.mail === user.identifier ? sub : undefined, address: given.address })
      await mailLink('verify', to, { ...needs, mail })
    }
    mailAfterwards(verify, needs)
  }
  const before = await browserSession(given.replaces, needs)
  if (before) await replace(before, needs)
  const signedIn = await birth({ sub, position, checkedPassword: password }, given, needs)
  return { ...signedIn, deviceToken: rememberDevice(given.deviceToken, given.identifier, needs) }
}

/** Makes an account in the built-in accounts. Two at once with one name: one is told that it is taken. */
export async function addAccount(given: NewAccount, needs: Needs): Promise<{ user: NewUser; password: string }> {
  const { store, passwords, world } = needs
  const identifier = normaliseIdentifier(given.identifier)
  if (!identifier)
    throw new OAuthError('invalid_request', 'identifier', {
      description: 'The name must have 1 to 254 characters, and no control characters.',
    })
  // LO-3: lists and terminals show it. A zero byte is one that PostgreSQL cannot keep, and with it `curfew copy` would stop at a stranger's word.
  if (given.name !== undefined && /\p{Cc}/u.test(given.name))
    throw new OAuthError('invalid_request', 'name', { description: 'name must have no control characters.' })
  const mail = normaliseMail(given.mail ?? identifier)
  if (given.mail !== undefined && !mail)
    throw new OAuthError('invalid_request', 'mail', { description: 'mail must be a mail address, like ada@example.com.' })
  await requireGoodPassword(given.password, { identifier, name: given.name, mail }, needs)

  const password = await passwords.hash(given.password)
  const made = {
    ...{ sub: randomId(world), usr: randomId(world), identifier, password, name: given.name ?? given.identifier.trim(), disabled: false },
    ...(given.roles ? { roles: given.roles } : {}),
    ...(mail === undefined ? {} : { mail, mailVerified: given.mailVerified ?? false }),
  }
  let user: NewUser | undefined
  const verdict = await store.update<{ kind: 'identifier'; identifier: string }, Verdict>(
    { kind: 'identifier', identifier },
    (held, at) => {
      if (held.user) return { outcome: 'taken', effects: [] }
      user = { ...made, createdAt: at.now }
      return { outcome: 'added', effects: [{ do: 'addUser', user }] }
    },
  )
  if (verdict.outcome === 'taken' || user === undefined)
    throw new OAuthError('identifier_taken', 'taken', { description: 'This name is taken. Choose another one, or sign in.' })
  return { user, password }
}
