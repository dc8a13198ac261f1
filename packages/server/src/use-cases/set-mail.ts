import type { Effect } from '../domain/effect.ts'
import { normaliseMail } from '../domain/password-policy.ts'
import type { User } from '../domain/user.ts'
import { CurfewError } from '../errors.ts'
import { mailOwner } from './mail-link.ts'
import type { Services } from './needs.ts'
import { tellByMail } from './tell-by-mail.ts'

/** An operator says whose an address is: taken as verified, unless somebody else has shown that it is theirs. Told at the address of before. */
export async function setMail(user: User, given: string, needs: Pick<Services, 'store' | 'mail' | 'log' | 'limiter'>): Promise<void> {
  const mail = normaliseMail(given)
  if (!mail) throw new CurfewError(`${JSON.stringify(given.slice(0, 100))} is no mail address, like ada@example.com.`)
  await requireFreeMail(mail, needs, user.sub)
  const effects: readonly Effect[] = [{ do: 'changeUser', sub: user.sub, to: { mail, mailVerified: true } }]
  await needs.store.update({ kind: 'user', sub: user.sub }, () => ({ outcome: 'changed', effects }))
  if (user.mail !== mail) tellByMail('mail_changed', user, needs)
}

/** Refuses an address that somebody else has shown to be theirs. */
export async function requireFreeMail(mail: string, needs: Pick<Services, 'store'>, sub?: string): Promise<void> {
  const owner = await mailOwner(mail, needs)
  if (owner && owner.sub !== sub) throw new CurfewError(`The address ${mail} belongs to ${owner.identifier ?? owner.sub} already.`)
}
