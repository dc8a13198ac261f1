import { isReachable } from '../domain/mailed-link.ts'
import type { User } from '../domain/user.ts'
import type { Services } from './needs.ts'

/** Tells the owner of an account what was done with it, after the answer (PR-2): who did it may be somebody else. */
export function tellByMail(kind: 'password_changed' | 'mail_changed', user: User | undefined, { mail }: Pick<Services, 'mail'>): void {
  if (!mail || !isReachable(user, 'reset')) return
  const { mail: to, name } = user
  mail.later(() => mail.send({ kind, to, name }))
}
