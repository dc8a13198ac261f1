import { OAuthError } from '../errors.ts'
import { type Ended, end } from './end.ts'
import type { Services } from './needs.ts'
import { requireGoodPassword } from './require-good-password.ts'
import { tellByMail } from './tell-by-mail.ts'

type Needs = Pick<Services, 'store' | 'accounts' | 'passwords' | 'settings' | 'signer' | 'limiter' | 'confirmation' | 'log' | 'mail'>

/** An operator sets a password: all that the user has ends in the same transaction (S25). */
export async function setPassword(given: { sub: string; next: string; wait?: number | undefined }, needs: Needs): Promise<Ended> {
  const { accounts, store, passwords } = needs
  if (!accounts.builtIn) throw new OAuthError('not_found', 'accounts_elsewhere', { description: 'Passwords are not kept here.' })
  const { rows: user } = await store.begin({ kind: 'user', sub: given.sub })
  await requireGoodPassword(given.next, user ?? {}, needs)
  const password = await passwords.hash(given.next, true)
  const how = { why: 'password_changed', wait: given.wait, reader: 'operator' } as const
  const ended = await end({ user: given.sub }, { ...how, also: () => [{ do: 'changeUser', sub: given.sub, to: { password } }] }, needs)
  tellByMail('password_changed', user, needs)
  return ended
}
