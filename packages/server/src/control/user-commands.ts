import type { User } from '../domain/user.ts'
import { CurfewError } from '../errors.ts'
import { end } from '../use-cases/end.ts'
import type { Services } from '../use-cases/needs.ts'
import { requireFreeMail, setMail } from '../use-cases/set-mail.ts'
import { setPassword } from '../use-cases/set-password.ts'
import { addAccount } from '../use-cases/sign-up.ts'
import { stale } from '../use-cases/stale.ts'
import { list, maybe, number, text } from './arguments.ts'
import type { Command } from './command.ts'
import { outcome } from './outcome.ts'

/** `curfew users …` */
export const userCommands: Readonly<Record<string, Command>> = {
  'users.add': async (args, services) => {
    builtIn(services)
    const given = {
      identifier: text(args, 'identifier'),
      password: text(args, 'password'),
      name: maybe(args, 'name'),
      roles: list(args, 'roles'),
    }
    const mail = maybe(args, 'mail')
    if (mail !== undefined) await requireFreeMail(mail, services)
    const { user } = await addAccount({ ...given, ...(mail === undefined ? {} : { mail, mailVerified: true }) }, services)
    return { sub: user.sub, identifier: given.identifier }
  },
  'users.list': async (args, { store }) => (await store.lists.users(maybe(args, 'after') ?? '', number(args, 'limit') ?? 100)).map(shown),
  'users.password': async (args, services) => {
    const user = await named(args, services)
    return outcome(await setPassword({ sub: user.sub, next: text(args, 'password'), wait: number(args, 'wait') }, services))
  },
  'users.roles': async (args, services) => {
    builtIn(services)
    const { sub } = await named(args, services)
    const roles = list(args, 'roles') ?? []
    // P6: the change and the entry in one transaction.
    return outcome(
      await stale(
        { user: sub },
        { wait: number(args, 'wait'), reader: 'operator', also: () => [{ do: 'changeUser', sub, to: { roles } }] },
        services,
      ),
    )
  },
  'users.mail': async (args, services) => {
    builtIn(services)
    const user = await named(args, services)
    await setMail(user, text(args, 'mail'), services)
    return shown((await services.store.lists.user(user.sub)) as User)
  },
  'users.disable': (args, services) => change(args, services, { disabled: true }),
  'users.enable': async (args, services) => {
    builtIn(services)
    const { sub } = await named(args, services)
    await services.store.update({ kind: 'user', sub }, () => ({
      outcome: 'enabled',
      effects: [{ do: 'changeUser', sub, to: { disabled: false } }],
    }))
    return shown((await services.store.lists.user(sub)) as User)
  },
  'users.remove': async (args, services) => {
    const { sub } = await named(args, services)
    const how = { why: 'deleted', wait: number(args, 'wait'), reader: 'operator' } as const
    return outcome(await end({ user: sub }, { ...how, also: () => [{ do: 'removeUser', sub }] }, services))
  },
}

async function change(args: Record<string, unknown>, services: Services, to: { disabled: boolean }): Promise<unknown> {
  builtIn(services)
  const { sub } = await named(args, services)
  const how = { why: 'disabled', wait: number(args, 'wait'), reader: 'operator' } as const
  return outcome(await end({ user: sub }, { ...how, also: () => [{ do: 'changeUser', sub, to }] }, services))
}

/** The user that is meant, by name or `sub`. */
export async function named(args: Record<string, unknown>, { store }: Pick<Services, 'store'>): Promise<User> {
  const name = text(args, 'user')
  const user = await store.lists.user(name)
  if (!user) throw new CurfewError(`Nobody is called ${name}. Who there is: curfew users list`)
  return user
}

function builtIn({ accounts }: Services): void {
  if (!accounts.builtIn)
    throw new CurfewError('The users are kept by the application, not by Curfew: change them there, then call curfew.end or curfew.stale.')
}

/** What operators see of a user: no password, not even its hash. */
export function shown(user: User): Record<string, unknown> {
  const { sub, identifier, name, roles, disabled, createdAt, mail, mailVerified } = user
  return {
    sub,
    identifier,
    name,
    roles: roles ?? [],
    disabled,
    mail,
    mail_verified: mail && (mailVerified ?? false),
    created_at: Math.floor(createdAt / 1000),
  }
}
