import { type PasswordPolicy, weakness } from '../domain/password-policy.ts'
import { OAuthError } from '../errors.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'settings' | 'accounts' | 'log'>

/** Refuses a new password that is too short, or that others could guess (LG-4). `of`: the account that it is for. */
export async function requireGoodPassword(
  password: string,
  of: { readonly identifier?: string | undefined; readonly name?: string | undefined; readonly mail?: string | undefined },
  { settings, accounts, log }: Needs,
): Promise<void> {
  const { words = [], isBlocked } = (accounts.builtIn && accounts.blocked) || {}
  const known = [new URL(settings.issuer).hostname, ...(of.name ? [of.name] : []), ...(of.mail ? [of.mail] : []), ...words]
  const policy: PasswordPolicy = { least: settings.passwordLength, identifier: of.identifier, known }
  const problem =
    weakness(password, policy) ?? ((await asked()) ? 'This password is on a list that others know. Choose another one.' : undefined)
  if (problem) throw new OAuthError('weak_password', 'policy', { description: problem })

  /** The operator's own list. One that cannot be read lets nothing through: whoever wants it otherwise answers false. */
  async function asked(): Promise<boolean> {
    try {
      return (await isBlocked?.(password)) ?? false
    } catch (error) {
      // Its words may hold the password that it was asked about (LO-1).
      log.error({ event: 'accounts.blocked_failed', problem: error instanceof Error ? error.name : 'unknown' }, 'accounts.blocked failed')
      throw new OAuthError('temporarily_unavailable', 'blocked_failed', {
        description: 'New passwords cannot be looked at right now. Try again.',
      })
    }
  }
}
