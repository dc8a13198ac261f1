import type { Command } from 'commander'
import { type Context, examples } from './context.ts'
import { devices, type EndingAnswer, endingCode, tellEnding } from './ending.ts'
import { importUsers } from './import-users.ts'
import { readNewPassword } from './input.ts'
import { whole } from './numbers.ts'
import { ago, facts, next, table } from './print.ts'

/** What control/ shows of a user. */
export interface UserRow {
  readonly sub: string
  readonly identifier?: string
  readonly name?: string
  readonly roles: readonly string[]
  readonly disabled: boolean
  readonly created_at: number
}

/** The option of everything that ends something. */
export const wait: readonly [string, string] = ['--wait <seconds>', 'wait at most so long for the confirmation; 0: not at all']

/** `curfew users …` */
export function userCommands(program: Command, context: Context): void {
  const { ask, tell, terminal } = context
  const users = program.command('users').description('people who sign in (the built-in accounts)')
  examples(users, 'curfew users add ada', 'curfew users roles ada admin billing', 'curfew users disable ada')

  const add = users.command('add <name>').description('make an account; the password is asked for, or read from stdin')
  add.option('--full-name <name>', 'what people are shown').option('--role <role...>', 'roles in their tokens')
  examples(add, 'curfew users add ada --full-name "Ada Lovelace" --role admin', 'curfew users add ada < password.txt')
  add.option('--mail <address>', 'their mail address; taken as verified')
  add.action(async (identifier: string, { fullName: name, role: roles, mail }: { fullName?: string; role?: string[]; mail?: string }) => {
    const password = await readNewPassword('Password', terminal)
    const made = await ask<UserRow>('users.add', { identifier, password, name, roles, mail })
    tell(made, (out) => {
      facts([{ what: 'added', is: identifier, figure: made.sub }], out)
      next(`curfew who ${identifier}`, out)
    })
  })

  importUsers(users, context)

  const list = users.command('list').description('who there is')
  list.option('--limit <n>', 'at most so many (100)', whole).option('--after <sub>', 'go on after this one')
  list.action(async ({ limit = 100, after }: { limit?: number; after?: string }) => {
    const rows = await ask<UserRow[]>('users.list', { limit, after })
    tell(rows, (out) => {
      if (rows.length === 0) {
        out.write(after === undefined ? 'Nobody has an account.\n' : 'Nobody comes after that one.\n')
        return next('curfew users add NAME', out)
      }
      const cells = ({ identifier = '', name = '', roles, disabled, created_at, sub }: UserRow) => {
        const calledSo = name === identifier || name === '' ? '' : `, ${name}`
        return [`${identifier}${calledSo}`, roles.join(' '), disabled ? 'disabled' : 'active', ago(created_at, terminal.now()), sub]
      }
      table(['user', 'roles', 'state', 'made', 'sub'], rows.map(cells), [], out)
      const last = rows.at(-1)
      if (rows.length === limit && last) return next(`curfew users list --after ${last.sub}`, out)
      next(`curfew who ${rows[0]?.identifier ?? rows[0]?.sub}`, out)
    })
  })

  /** What ends all that a user has, besides what it changes. */
  const ending = (name: string, how: { says: string; asks?: string; done: string; after: string }): void => {
    const command = users
      .command(`${name} <user>`)
      .description(how.says)
      .option(...wait, whole)
    command.action(async (user: string, given: { wait?: number }) => {
      const password = how.asks === undefined ? {} : { password: await readNewPassword(how.asks, terminal) }
      const answer = await ask<EndingAnswer>(`users.${name}`, { user, ...password, ...given })
      const done = [
        { what: how.done, is: name === 'password' ? `the password of ${user}` : user },
        { what: 'ended', is: devices(answer) },
      ]
      const words = { done, tokens: `${user}'s tokens`, next: how.after.replace('NAME', user) }
      tell(answer, (out) => tellEnding(answer, words, out), endingCode(answer))
    })
  }
  const password = 'set a password, asked for or read from stdin; signs them out everywhere'
  ending('password', { says: password, asks: 'New password', done: 'changed', after: 'curfew who NAME' })
  ending('disable', { says: 'sign them out everywhere, and let them in no more', done: 'disabled', after: 'curfew users enable NAME' })
  ending('remove', { says: 'delete the account; signs them out everywhere', done: 'removed', after: 'curfew users list' })

  const enable = users.command('enable <user>').description('let them in again')
  enable.action(async (user: string) => {
    const answer = await ask<UserRow>('users.enable', { user })
    tell(answer, (out) => {
      facts([{ what: 'enabled', is: user }], out)
      next(`curfew who ${user}`, out)
    })
  })

  const mail = users.command('mail <user> <address>').description('say what their mail address is; taken as verified')
  mail.addHelpText('after', '\nA lost password is asked for by it. An address that they had before is told.')
  mail.action(async (user: string, address: string) => {
    const answer = await ask<UserRow & { mail: string }>('users.mail', { user, mail: address })
    tell(answer, (out) => {
      facts([{ what: 'changed', is: `${user}: ${answer.mail}` }], out)
      next(`curfew who ${user}`, out)
    })
  })

  const roles = users.command('roles <user> [roles...]').description('set their roles, all of them; nobody is signed out')
  roles.option(...wait, whole)
  roles.addHelpText('after', '\nEvery service refuses tokens with the old roles; one refresh gets the new ones.')
  examples(roles, 'curfew users roles ada admin billing', 'curfew users roles ada        (none any more)')
  roles.action(async (user: string, given: string[], options: { wait?: number }) => {
    const answer = await ask<EndingAnswer>('users.roles', { user, roles: given, ...options })
    const done = [{ what: 'changed', is: `${user}: ${given.join(', ') || 'no roles'}` }]
    const words = { done, tokens: `tokens with ${user}'s old roles`, next: `curfew who ${user}` }
    tell(answer, (out) => tellEnding(answer, words, out), endingCode(answer))
  })
}
