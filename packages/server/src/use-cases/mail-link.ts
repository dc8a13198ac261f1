import type { Effect } from '../domain/effect.ts'
import { later } from '../domain/instant.ts'
import { type LinkPurpose, linkLifetimes } from '../domain/mailed-link.ts'
import { normaliseIdentifier, normaliseMail } from '../domain/password-policy.ts'
import type { Position } from '../domain/position.ts'
import type { User } from '../domain/user.ts'
import { hashSecret } from './hash-secret.ts'
import type { Mailer, Services } from './needs.ts'
import { randomSecret } from './random-id.ts'

type Needs = Pick<Services, 'store' | 'world' | 'settings'> & { readonly mail: Mailer }

const paths: Readonly<Record<LinkPurpose, string>> = { reset: '/new-password', verify: '/verify-mail', sign_in: '/mailed-sign-in' }

/** Makes a link, in place of the one that the user had for the same purpose (PR-1), and mails it. Its host is the configured one (MD-5). */
export async function mailLink(
  purpose: LinkPurpose,
  to: { readonly user: Pick<User, 'sub' | 'name'>; readonly mail: string; readonly position: Position },
  { store, world, settings, mail }: Needs,
): Promise<void> {
  const secret = randomSecret(world)
  const { sub, name } = to.user
  const verdict = await store.update<{ kind: 'user'; sub: string }, { outcome: 'made' | 'gone'; effects: readonly Effect[] }>(
    { kind: 'user', sub },
    (held, at) => {
      if (!held.user || held.user.deleted || held.user.disabled) return { outcome: 'gone', effects: [] }
      const life = { createdAt: at.now, expiresAt: later(at.now, linkLifetimes[purpose]) }
      const link = { hash: hashSecret(secret), sub, purpose, mail: to.mail, pos: to.position, ...life }
      return { outcome: 'made', effects: [{ do: 'mailLink', link }] }
    },
  )
  if (verdict.outcome === 'gone') return
  const link = new URL(mail.pages[purpose] ?? `${settings.origin}${settings.basePath}${paths[purpose]}`)
  link.searchParams.set('token', secret)
  await mail.send({ kind: purpose, to: to.mail, name, link: link.href, minutes: linkLifetimes[purpose] / 60 })
}

/** Who has shown that an address is theirs. */
export async function mailOwner(mail: string, { store }: Pick<Services, 'store'>): Promise<User | undefined> {
  return (await store.begin({ kind: 'mail', mail: normaliseMail(mail) ?? '' })).rows
}

/** Whose name or address was typed. A verified address goes before a name that looks like it: its owner has shown that it is theirs. */
export async function findByMail(
  typed: string,
  { store }: Pick<Services, 'store'>,
): Promise<{ readonly user: User | undefined; readonly position: Position }> {
  // P1: read before anything was looked at.
  const { rows: named, position } = await store.begin({ kind: 'identifier', identifier: normaliseIdentifier(typed) ?? '' })
  return { user: (await mailOwner(typed, { store })) ?? named, position }
}
