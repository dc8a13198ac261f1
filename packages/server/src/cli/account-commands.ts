import type { Command } from 'commander'
import { CurfewError } from '../errors.ts'
import { ask } from './ask.ts'
import { type EndingAnswer, tellEnding } from './ending.ts'
import { readAll, readSecret } from './input.ts'
import type { Context } from './main.ts'
import { ago, duration, facts, next, table } from './print.ts'

type User = { sub: string; identifier?: string; name?: string; roles: string[]; disabled: boolean; created_at: number }
type Session = {
  sid: string
  sub: string
  client: string
  device?: string
  address?: string
  created_at: number
  last_used_at: number
  expires_at: number
}

/** `curfew users …`, `sessions …`, `revoke`, `who`. */
export function accountCommands(program: Command, { out, place, exit }: Context): void {
  const now = (): number => Math.floor(Date.now() / 1000)
  const users = program.command('users').description('people who sign in (built-in accounts)')
  users
    .command('add <name>')
    .description('make an account; the password is read from stdin or asked for')
    .option('--full-name <name>', 'what people are shown')
    .option('--role <role...>', 'roles in their tokens')
    .action(async (identifier: string, options: { fullName?: string; role?: string[] }) => {
      const password = await readSecret('Password')
      const made = (await ask('users.add', { identifier, password, name: options.fullName, roles: options.role }, place())) as User
      if (out().json) return out().write(`${JSON.stringify(made)}\n`)
      facts([{ what: 'added', is: identifier, figure: made.sub }], out())
      next(`curfew who ${identifier}`, out())
    })
  users
    .command('list')
    .description('who there is')
    .action(async () => {
      const rows = (await ask('users.list', {}, place())) as User[]
      if (out().json) return out().write(`${JSON.stringify(rows)}\n`)
      if (rows.length === 0) return out().write('Nobody yet. Make an account: curfew users add NAME\n')
      table(
        ['name', 'roles', 'state', 'since', 'sub'],
        rows.map((user) => [
          user.identifier ?? '',
          user.roles.join(' '),
          user.disabled ? 'disabled' : 'active',
          ago(user.created_at, now()),
          user.sub,
        ]),
        [],
        out(),
      )
    })
  const ending = (
    name: string,
    description: string,
    command: string,
    more: () => Promise<Record<string, unknown>> = async () => ({}),
  ): void => {
    users
      .command(`${name} <name>`)
      .description(description)
      .option('--wait <seconds>', 'wait at most so long for the confirmation', whole)
      .action(async (user: string, { wait }: { wait?: number }) => {
        const answer = (await ask(command, { user, wait, ...(await more()) }, place())) as EndingAnswer
        exit(tellEnding(answer, user, `curfew who ${user}`, out()))
      })
  }
  ending('password', 'set a password (read from stdin or asked for); signs them out everywhere', 'users.password', async () => ({
    password: await readSecret('New password'),
  }))
  ending('disable', 'sign them out everywhere and let them in no more', 'users.disable')
  ending('remove', 'delete the account; signs them out everywhere', 'users.remove')
  users
    .command('enable <name>')
    .description('let them in again')
    .action(async (user: string) => {
      const answer = await ask('users.enable', { user }, place())
      if (out().json) return out().write(`${JSON.stringify(answer)}\n`)
      facts([{ what: 'enabled', is: user }], out())
    })
  users
    .command('roles <name> [roles...]')
    .description('set their roles; every service refuses tokens with the old ones, nobody is signed out')
    .option('--wait <seconds>', 'wait at most so long for the confirmation', whole)
    .action(async (user: string, roles: string[], { wait }: { wait?: number }) => {
      const answer = (await ask('users.roles', { user, roles, wait }, place())) as EndingAnswer
      if (out().json) return out().write(`${JSON.stringify(answer)}\n`)
      facts(
        [
          { what: 'changed', is: `${user}: ${roles.join(' ') || 'no roles'}`, figure: `no. ${answer.seq}` },
          {
            what: answer.confirmed ? 'confirmed' : 'pending',
            is: 'tokens with the old roles are refused',
            figure: answer.took_ms === undefined ? undefined : `${answer.took_ms} ms`,
          },
        ],
        out(),
      )
    })

  program
    .command('sessions')
    .description('who is signed in, where')
    .command('list', { isDefault: true })
    .option('--user <name>', 'of one user')
    .option('--limit <n>', 'at most so many', whole)
    .action(async (options: { user?: string; limit?: number }) => {
      const rows = (await ask('sessions.list', options, place())) as Session[]
      if (out().json) return out().write(`${JSON.stringify(rows)}\n`)
      if (rows.length === 0) return out().write('Nobody is signed in.\n')
      table(
        ['session', 'device', 'client', 'address', 'last used', 'sub'],
        rows.map((row) => [row.sid, row.device ?? '', row.client, row.address ?? '', ago(row.last_used_at, now()), row.sub]),
        [],
        out(),
      )
      next('curfew revoke --session ID', out())
    })

  program
    .command('revoke')
    .description('end a user’s sessions, one session, a grant, a client, one token, or everything; waits until no service accepts it')
    .option('--user <name>', 'everything that a user has')
    .option('--session <id>', 'one device')
    .option('--grant <id>', 'what one client got')
    .option('--client <id>', 'everything that a client has')
    .option('--token <->', 'one token, read from stdin')
    .option('--everything', 'everybody signs in anew')
    .option('--wait <seconds>', 'wait at most so long for the confirmation; 0: not at all', whole)
    .action(async (options: Record<string, string | number | boolean | undefined>) => {
      const named = ['user', 'session', 'grant', 'client', 'token', 'everything'].filter((name) => options[name] !== undefined)
      if (named.length !== 1)
        throw new CurfewError('Say one thing to end: --user, --session, --grant, --client, --token - or --everything.')
      if (options.token !== undefined && options.token !== '-')
        process.stderr.write('A token in an argument can be read by everybody on this machine. Better: --token - < file\n')
      const token = options.token === '-' ? await readAll(process.stdin) : options.token
      const answer = (await ask('revoke', { ...options, ...(token === undefined ? {} : { token }) }, place())) as EndingAnswer
      const who = String(options.user ?? (options.everything ? 'everybody' : named[0]))
      exit(tellEnding(answer, who, options.user === undefined ? 'curfew verifiers' : `curfew who ${options.user}`, out()))
    })

  program
    .command('who <user>')
    .description('where a user is signed in, and how long their tokens are good')
    .action(async (user: string) => {
      const found = (await ask('who', { user }, place())) as {
        user: User
        sessions: Session[]
        grants: { client: string; scope: string; offline: boolean; gid: string; last_used_at: number }[]
        access_lifetime: number
      }
      if (out().json) return out().write(`${JSON.stringify(found)}\n`)
      const { roles, disabled, sub } = found.user
      facts(
        [
          { what: 'user', is: `${user}${disabled ? ', disabled' : ''}`, figure: sub },
          { what: 'roles', is: roles.join(' ') || 'none' },
          {
            what: 'signed in',
            is: found.sessions.length === 0 ? 'nowhere' : `on ${found.sessions.length} device${found.sessions.length === 1 ? '' : 's'}`,
          },
        ],
        out(),
      )
      if (found.sessions.length > 0) {
        out().write('\n')
        table(
          ['session', 'device', 'client', 'last used', 'ends in'],
          found.sessions.map((row) => [
            row.sid,
            row.device ?? '',
            row.client,
            ago(row.last_used_at, now()),
            duration(row.expires_at - now()),
          ]),
          [],
          out(),
        )
      }
      const offline = found.grants.filter((grant) => grant.offline)
      if (offline.length > 0) {
        out().write('\n')
        table(
          ['offline grant', 'client', 'scope', 'last used'],
          offline.map((row) => [row.gid, row.client, row.scope, ago(row.last_used_at, now())]),
          [],
          out(),
        )
      }
      next(found.sessions.length + offline.length > 0 ? `curfew revoke --user ${user}` : 'curfew users list', out())
    })
}

/** Reads a whole number that was typed. */
export function whole(typed: string): number {
  if (!/^\d{1,9}$/.test(typed)) throw new CurfewError(`${typed} is not a whole number.`)
  return Number(typed)
}
