import type { Effect } from '../domain/effect.ts'
import { isGoodLink } from '../domain/mailed-link.ts'
import { isPlausible, normaliseMail } from '../domain/password-policy.ts'
import type { User } from '../domain/user.ts'
import { OAuthError } from '../errors.ts'
import { requireMail } from './ask-for-link.ts'
import { mailLink, mailOwner } from './mail-link.ts'
import type { Services } from './needs.ts'
import { openLink, overLink } from './open-link.ts'
import { tellByMail } from './tell-by-mail.ts'

type Needs = Pick<Services, 'store' | 'accounts' | 'passwords' | 'world' | 'settings' | 'limiter' | 'log' | 'mail'>

/**
 * Somebody who is signed in names a mail address: it becomes theirs once a link that is sent there was used. Mail opens the account, so the
 * password is asked for again. Whether the address belongs to somebody else is not told.
 */
export async function askToVerify(
  given: {
    readonly sub: string
    readonly device: string
    readonly mail: string
    readonly password: string
    readonly address: string | undefined
  },
  needs: Needs,
): Promise<void> {
  const mail = requireMail(needs)
  const address = normaliseMail(given.mail)
  if (!address) throw new OAuthError('invalid_request', 'mail', { description: 'mail must be a mail address, like ada@example.com.' })
  const giveBack = await needs.limiter.passwordChange(given)
  const { rows: user, position } = await needs.store.begin({ kind: 'user', sub: given.sub })
  const isRight = await needs.passwords.check(isPlausible(given.password) ? given.password : '', user?.password, true)
  if (!user || !isRight) throw new OAuthError('invalid_credentials', 'mismatch', { description: 'The present password is wrong.' })
  if (giveBack.length > 0) await needs.store.update({ kind: 'user', sub: given.sub }, () => ({ outcome: 'forgiven', effects: giveBack }))
  await needs.limiter.mail({
    to: address,
    about: 'verify',
    own: address === user.identifier ? user.sub : undefined,
    address: given.address,
  })
  mail.later(async () => {
    const owner = await mailOwner(address, needs)
    if (owner && owner.sub !== user.sub) return
    await mailLink('verify', { user, mail: address, position }, { ...needs, mail })
  })
}

/** By the link: the address is theirs from now on. Whoever had another one is told there. */
export async function verifyMail(token: string, needs: Needs): Promise<User & { readonly mail: string }> {
  requireMail(needs)
  const { link, user } = await openLink(token, 'verify', needs)
  const { hash, sub, mail } = link
  const owner = await mailOwner(mail, needs)
  if (owner && owner.sub !== sub) throw overLink('taken')
  const effects: readonly Effect[] = [
    { do: 'useLink', hash },
    { do: 'changeUser', sub, to: { mail, mailVerified: true } },
  ]
  try {
    const verdict = await needs.store.update<{ kind: 'user'; sub: string; link: string }, { outcome: string; effects: readonly Effect[] }>(
      { kind: 'user', sub, link: hash },
      (held, at) => (isGoodLink(held.link, 'verify', held, at.now) ? { outcome: 'verified', effects } : { outcome: 'over', effects: [] }),
    )
    if (verdict.outcome !== 'verified') throw overLink(verdict.outcome)
  } catch (error) {
    const since = await mailOwner(mail, needs) // somebody else was faster: the address is one user's only
    throw since && since.sub !== sub ? overLink('taken') : error
  }
  if (user.mail !== mail) tellByMail('mail_changed', user, needs)
  return { ...user, mail, mailVerified: true }
}
