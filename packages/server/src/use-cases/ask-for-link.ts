import { isReachable } from '../domain/mailed-link.ts'
import type { User } from '../domain/user.ts'
import { OAuthError } from '../errors.ts'
import { findByMail, mailLink } from './mail-link.ts'
import type { Mailer, Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'accounts' | 'world' | 'settings' | 'limiter' | 'log' | 'mail'>

/** What somebody asks for who cannot, or need not, type a password. */
export interface AskedLink {
  readonly purpose: 'reset' | 'sign_in'
  /** A name, or a mail address. */
  readonly typed: string
  readonly address: string | undefined
}

/**
 * Mails a link for a new password, or for a sign-in. The caller hears the same at the same time whether there is such an account or not: all
 * that depends on it happens after the answer (PR-1, LG-1). How often it can be asked for is limited by what was typed (LG-2, RL-1).
 */
export async function askForLink({ purpose, typed, address }: AskedLink, needs: Needs): Promise<void> {
  const mail = requireMail(needs, purpose)
  await needs.limiter.mail({ to: typed, address })
  mail.later(async () => {
    const { user, position } = await findByMail(typed, needs)
    if (!isReachable(user, purpose)) {
      mail.unsent?.(whyNot(typed, user))
      return needs.log.info({ event: 'link.nobody', purpose }, 'a link was asked for, and nobody can be mailed one')
    }
    await mailLink(purpose, { user, mail: user.mail, position }, { ...needs, mail })
  })
}

function whyNot(typed: string, user: User | undefined): string {
  const name = JSON.stringify(typed.slice(0, 100))
  if (!user || user.deleted) return `nobody is called ${name}, and nobody has that address`
  if (user.disabled) return `${name} is disabled`
  const how = `curfew users mail ${user.identifier ?? user.sub} ADDRESS`
  return `${name} has no ${user.mail === undefined ? '' : 'verified '}mail address. To give them one: ${how}`
}

/** Mail, where there is any; and for a sign-in, where that is allowed. */
export function requireMail({ mail, accounts }: Pick<Services, 'mail' | 'accounts'>, purpose?: 'reset' | 'sign_in'): Mailer {
  if (mail && accounts.builtIn && (purpose !== 'sign_in' || mail.signsIn)) return mail
  throw new OAuthError('not_found', 'no_mail', { description: 'No mail is sent here.' })
}
