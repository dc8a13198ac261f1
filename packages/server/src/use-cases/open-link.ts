import { isGoodLink, type LinkPurpose, type MailedLink } from '../domain/mailed-link.ts'
import type { User } from '../domain/user.ts'
import { OAuthError } from '../errors.ts'
import { hashSecret } from './hash-secret.ts'
import type { Services } from './needs.ts'

/** A link that can be used now, and whose it is. */
export interface OpenLink {
  readonly link: MailedLink
  readonly user: User
}

/** Looks at a link without using it: a mail scanner may (PR-3). What uses it looks again, under the lock of its user. */
export async function openLink(token: string, purpose: LinkPurpose, { store }: Pick<Services, 'store'>): Promise<OpenLink> {
  const { rows, at } = await store.begin({ kind: 'link', hash: hashSecret(token) })
  if (!rows || !isGoodLink(rows.link, purpose, rows, at.now)) throw overLink('not_good')
  return rows
}

/** One refusal for a link that was used, is too old, was replaced, died by a cut, or never was. */
export function overLink(reason: string): OAuthError {
  return new OAuthError('invalid_link', reason, {
    description: 'This link was used before, is too old, or a newer one was mailed. Ask for a new one.',
  })
}
