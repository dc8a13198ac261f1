import type { Effect } from '../domain/effect.ts'
import { normaliseIdentifier } from '../domain/password-policy.ts'
import { OAuthError } from '../errors.ts'
import type { Services } from './needs.ts'
import { randomId } from './random-id.ts'
import { requireGoodPassword } from './require-good-password.ts'
import { birth, browserSession, replace, type SignedIn, type SignInWith } from './sign-in.ts'

type Needs = Pick<Services, 'store' | 'accounts' | 'passwords' | 'settings' | 'signer' | 'refreshTokens' | 'confirmation' | 'world' | 'log'>

export interface NewAccount {
  readonly identifier: string
  readonly password: string
  readonly name?: string | undefined
  readonly roles?: readonly string[] | undefined
}

type Verdict = { readonly outcome: 'added' | 'taken'; readonly effects: readonly Effect[] }

/** Makes an account and signs its owner in. Only with `accounts.signUp`. Whether a name is taken is told: without a mail address there is no other way. */
export async function signUp(
  given: NewAccount & Pick<SignInWith, 'device' | 'address' | 'cookie' | 'replaces' | 'clientId'>,
  needs: Needs,
): Promise<SignedIn> {
  if (!needs.accounts.builtIn || !needs.settings.signUp)
    throw new OAuthError('not_found', 'sign_up_off', { description: 'Nobody can sign up here.' })
  const { position } = await needs.store.begin({ kind: 'head' }) // P1
  const { sub, password } = await addAccount(given, needs)
  const before = await browserSession(given.replaces, needs)
  if (before) await replace(before, needs)
  return birth({ sub, position, checkedPassword: password }, given, needs)
}

/** Makes an account in the built-in accounts. Two at once with one name: one is told that it is taken. */
export async function addAccount(given: NewAccount, needs: Needs): Promise<{ sub: string; password: string }> {
  const { store, passwords, world } = needs
  const identifier = normaliseIdentifier(given.identifier)
  if (!identifier)
    throw new OAuthError('invalid_request', 'identifier', {
      description: 'The name must have 1 to 254 characters, and no control characters.',
    })
  await requireGoodPassword(given.password, { identifier, name: given.name }, needs)

  const password = await passwords.hash(given.password)
  const sub = randomId(world)
  const usr = randomId(world)
  const verdict = await store.update<{ kind: 'identifier'; identifier: string }, Verdict>(
    { kind: 'identifier', identifier },
    (held, at) => {
      if (held.user) return { outcome: 'taken', effects: [] }
      const user = { sub, usr, identifier, password, name: given.name ?? given.identifier.trim(), disabled: false, createdAt: at.now }
      return { outcome: 'added', effects: [{ do: 'addUser', user: given.roles ? { ...user, roles: given.roles } : user }] }
    },
  )
  if (verdict.outcome === 'taken')
    throw new OAuthError('identifier_taken', 'taken', { description: 'This name is taken. Choose another one, or sign in.' })
  return { sub, password }
}
