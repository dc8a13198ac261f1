import type { Effect } from '../domain/effect.ts'
import { isGoodLink } from '../domain/mailed-link.ts'
import { requireMail } from './ask-for-link.ts'
import { type Ended, end } from './end.ts'
import { rememberDevice } from './known-device.ts'
import { mailOwner } from './mail-link.ts'
import type { Services } from './needs.ts'
import { openLink, overLink } from './open-link.ts'
import { requireGoodPassword } from './require-good-password.ts'
import { tellByMail } from './tell-by-mail.ts'

type Needs = Pick<
  Services,
  'store' | 'accounts' | 'passwords' | 'settings' | 'signer' | 'sealer' | 'limiter' | 'confirmation' | 'world' | 'log' | 'mail'
>

/**
 * Sets a new password by a mailed link, once (PR-1): all that the user has ends by one cut in the same transaction (S25, SS-4), which ends every
 * other link as well. Nobody is signed in by it, and its owner is told by mail (PR-2). Its device is known from now on: however many tries
 * strangers use up, their owner signs in on it (LG-2).
 */
export async function resetPassword(
  given: { readonly token: string; readonly next: string; readonly deviceToken?: string | undefined; readonly wait?: number | undefined },
  needs: Needs,
): Promise<Ended & { readonly deviceToken: string | undefined }> {
  requireMail(needs)
  const { link, user } = await openLink(given.token, 'reset', needs)
  await requireGoodPassword(given.next, user, needs)
  const password = await needs.passwords.hash(given.next, true)
  const set = (isTheirs: boolean): Promise<Ended> => {
    const effects: readonly Effect[] = [
      { do: 'useLink', hash: link.hash },
      { do: 'changeUser', sub: link.sub, to: isTheirs ? { password, mailVerified: true } : { password } },
    ]
    return end(
      { user: link.sub },
      {
        ...{ why: 'password_changed', wait: given.wait, link: link.hash },
        also: (held, at) => (isGoodLink(held.link, 'reset', held, at.now) ? effects : { refused: 'not_good' }),
      },
      needs,
    )
  }
  // The link came to that address, so the address is theirs; unless somebody else has shown it to be theirs meanwhile.
  const isTaken = async (): Promise<boolean> => {
    const owner = await mailOwner(link.mail, needs)
    return owner !== undefined && owner.sub !== link.sub
  }
  const isFree = !(await isTaken())
  const ended = await set(isFree).catch(async (error: unknown) => {
    if (isFree && (await isTaken())) return set(false)
    throw error
  })
  if (ended.refused !== undefined || ended.stored.entries.length === 0) throw overLink(ended.refused ?? 'gone')
  tellByMail('password_changed', user, needs)
  return { ...ended, deviceToken: user.identifier === undefined ? undefined : rememberDevice(given.deviceToken, user.identifier, needs) }
}
