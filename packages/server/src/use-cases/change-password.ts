import { isPlausible } from '../domain/password-policy.ts'
import { isCut } from '../domain/position.ts'
import { openSession, type SignedInVerdict } from '../domain/session.ts'
import { OAuthError } from '../errors.ts'
import { type Ended, end } from './end.ts'
import type { Services } from './needs.ts'
import { sessionEnded } from './refresh-session.ts'
import { requireGoodPassword } from './require-good-password.ts'
import { prepareBirth } from './sign-in.ts'
import { type SignedIn, signedIn } from './signed-in.ts'
import { tellByMail } from './tell-by-mail.ts'

type Needs = Pick<
  Services,
  'store' | 'accounts' | 'passwords' | 'settings' | 'signer' | 'refreshTokens' | 'limiter' | 'confirmation' | 'world' | 'log' | 'mail'
>

export interface NewPassword {
  readonly sub: string
  /** The device that asks: its session, or its offline grant. What ends it meanwhile ends the change. */
  readonly from?: string | undefined
  readonly current: string
  readonly next: string
  readonly device?: string | undefined
  readonly address?: string | undefined
  readonly cookie: boolean
  readonly wait?: number | undefined
}

/**
 * Changes a password: every session and grant of the user ends by one cut, and this device gets a new session, born at it, all in one
 * transaction (P4). An old password never outlives its change: what was in flight with it has a position from before (P1, P2).
 */
export async function changePassword(given: NewPassword, needs: Needs): Promise<Ended & { signedIn: SignedIn }> {
  const { accounts, store, passwords, settings } = needs
  if (!accounts.builtIn) throw new OAuthError('not_found', 'accounts_elsewhere', { description: 'Passwords are not kept here.' })
  const { rows: user, position } = await store.begin({ kind: 'user', sub: given.sub })
  const forgiven = await needs.limiter.passwordChange({ device: given.from ?? given.sub, sub: given.sub })
  const isRight = await passwords.check(isPlausible(given.current) ? given.current : '', user?.password, true)
  if (!user || !isRight) throw wrong('mismatch')
  await requireGoodPassword(given.next, user, needs)

  const password = await passwords.hash(given.next, true)
  const prepared = prepareBirth({ sub: given.sub, position }, given, needs)
  let opened: SignedInVerdict | undefined
  const ended = await end(
    { user: given.sub },
    {
      why: 'password_changed',
      wait: given.wait,
      client: settings.session.client,
      also: (held, at) => {
        // The hash that was checked is still the user's, and nothing cut in between (P4: looked at under the lock).
        const isSame = held.user?.password === user.password && !isCut(position, { user: held.user?.cut ?? 0, issuer: held.issuer.cut })
        if (!isSame) return { refused: 'changed' }
        // P4: that the device was signed in was seen before the lock; what ended it since then must not be outlived by this.
        const { from } = given
        const isHere = from === undefined || held.sessions.some(({ sid }) => sid === from) || held.offline.some(({ gid }) => gid === from)
        if (!isHere) return { refused: 'ended' }
        const changed = [{ do: 'changeUser', sub: given.sub, to: { password } } as const]
        opened = openSession(held, { ...prepared.signIn, after: changed }, at)
        return opened.outcome === 'signed_in' ? [...opened.effects, ...forgiven] : { refused: opened.outcome }
      },
    },
    needs,
  )
  if (ended.refused === 'ended') throw sessionEnded('ended')
  if (ended.refused !== undefined || opened?.outcome !== 'signed_in') throw wrong(ended.refused ?? 'unknown')
  tellByMail('password_changed', user, needs) // PR-2: who did it may have found the password
  const cut = ended.stored.entries.find((entry) => 'cut' in entry)?.seq ?? 0
  return { ...ended, signedIn: signedIn({ ...opened, ...ended.stored }, cut, prepared.cookie, needs) }
}

function wrong(reason: string): OAuthError {
  return new OAuthError('invalid_credentials', reason, { description: 'The present password is wrong.' })
}
