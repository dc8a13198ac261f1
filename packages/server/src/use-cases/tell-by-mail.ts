import { isReachable } from '../domain/mailed-link.ts'
import type { User } from '../domain/user.ts'
import { messageOf } from '../errors.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'mail' | 'log' | 'limiter'>

/**
 * Tells the owner of an account what was done with it, after the answer (PR-2): who did it may be somebody else. An address that nobody verified
 * may be a stranger's, whom nobody is to be able to fill the mailbox of: told a few times, and not more (LG-2).
 */
export function tellByMail(kind: 'password_changed' | 'mail_changed', user: User | undefined, { mail, log, limiter }: Needs): void {
  if (!mail || !isReachable(user, 'reset')) return
  const { mail: to, name, mailVerified } = user
  const tell = async (): Promise<void> => {
    if (!mailVerified) await limiter.mail({ to, about: 'done', address: undefined })
    await mail.send({ kind, to, name })
  }
  mailAfterwards(tell, { mail, log })
}

/** A mail about what is done already: where so many wait that none can be taken, that is no reason to say that it was not done. */
export function mailAfterwards(work: () => Promise<unknown>, { mail, log }: Pick<Needs, 'mail' | 'log'>): void {
  try {
    mail?.later(work)
  } catch (error) {
    log.error({ event: 'mail.not_taken', problem: messageOf(error) }, 'a mail about what was done could not be taken')
  }
}
