import type { Command } from 'commander'
import { type Context, examples } from './context.ts'
import { devices, type EndingAnswer, type EndingWords, endingCode, tellEnding } from './ending.ts'
import { readToken } from './input.ts'
import { whole } from './numbers.ts'
import { ago, duration, facts, next, type Out, table } from './print.ts'
import { type ServiceStanding, standing } from './standing-facts.ts'
import { UsageError } from './usage-error.ts'
import { type UserRow, wait } from './user-commands.ts'

interface SessionRow {
  readonly sid: string
  readonly sub: string
  /** Their name, where one is known here. */
  readonly user?: string
  readonly client: string
  readonly device?: string
  readonly address?: string
  readonly last_used_at: number
  readonly idle_expires_at: number
  readonly expires_at: number
}

interface Found {
  readonly user: UserRow & { readonly cut?: number; readonly stale?: number }
  readonly sessions: readonly SessionRow[]
  readonly grants: readonly {
    readonly client: string
    readonly scope: string
    readonly offline: boolean
    readonly gid: string
    readonly last_used_at: number
  }[]
  readonly access_lifetime: number
  /** Where their tokens are for. */
  readonly services: readonly ServiceStanding[]
}

const sorts = ['user', 'session', 'grant', 'client', 'token', 'everything'] as const
type Named = { readonly [sort in Exclude<(typeof sorts)[number], 'everything'>]?: string } & { readonly everything?: true }

/** `curfew sessions`, `revoke`, `who`. */
export function sessionCommands(program: Command, { ask, tell, terminal }: Context): void {
  const sessions = program.command('sessions').description('who is signed in, where; the newest first')
  sessions.option('--user <user>', 'of one user').option('--limit <n>', 'at most so many (100)', whole)
  sessions.action(async ({ user, limit = 100 }: { user?: string; limit?: number }) => {
    const rows = await ask<SessionRow[]>('sessions.list', { user, limit })
    tell(rows, (out) => {
      if (rows.length === 0) {
        out.write(user === undefined ? 'Nobody is signed in.\n' : `${user} is signed in nowhere.\n`)
        return next('curfew users list', out)
      }
      const cells = (row: SessionRow) => {
        const { sid, device = '', client, address = '', last_used_at, sub, user: name = sub } = row
        return [sid, device, client, address, ago(last_used_at, terminal.now()), name]
      }
      table(['session', 'device', 'client', 'address', 'last used', 'user'], rows.map(cells), [], out)
      if (user === undefined && rows.length === limit) out.write(`Perhaps there are more: --limit ${limit * 10}\n`)
      next(`curfew revoke --session ${rows[0]?.sid}`, out)
    })
  })

  const revoke = program.command('revoke').description('sign out: end something, and wait until no service accepts it any more')
  revoke
    .option('--user <user>', 'everything that a user has, on every device')
    .option('--session <id>', 'one device')
    .option('--grant <id>', 'what one client got')
    .option('--client <id>', 'everything that a client has')
    .option('--token <->', 'one token, read from stdin')
    .option('--everything', 'all that there is: everybody signs in anew')
    .option(...wait, whole)
  revoke.addHelpText('after', '\nExit codes: 0 confirmed, 1 nothing was done, 3 ended, but not confirmed within --wait.')
  examples(revoke, 'curfew revoke --user ada', 'curfew revoke --session Vq3…', 'curfew revoke --token - < token.txt')
  revoke.action(async ({ wait: seconds, ...named }: Named & { wait?: number }) => {
    const [sort, ...more] = sorts.filter((one) => named[one] !== undefined)
    if (sort === undefined || more.length > 0)
      throw new UsageError('Say one thing to end: --user, --session, --grant, --client, --token - or --everything.')
    const token = named.token && { token: await readToken(named.token, 'curfew revoke --token - < token.txt', terminal) }
    const answer = await ask<EndingAnswer>('revoke', { ...named, ...token, wait: seconds })
    const words = wordsOf(answer, sort, sort === 'everything' ? '' : (named[sort] ?? ''))
    tell(answer, (out) => tellEnding(answer, words, out), endingCode(answer))
  })

  const who = program.command('who <user>').description('where a user is signed in, and how long their tokens are good')
  examples(who, 'curfew who ada', 'curfew who ada --json')
  who.action(async (user: string) => {
    const found = await ask<Found>('who', { user })
    tell(found, (out) => tellWho(found, user, terminal.now(), out))
  })
}

function wordsOf(answer: EndingAnswer, sort: (typeof sorts)[number], name: string): EndingWords {
  const over = answer.ended > 0
  switch (sort) {
    case 'user':
      return {
        done: [{ what: 'ended', is: `${name}, ${devices(answer)}` }],
        tokens: `${name}'s tokens`,
        // Signed out is not locked out: the password is as good as before.
        next: answer.confirmed ? `curfew users disable ${name}, to keep them out` : `curfew who ${name}`,
      }
    case 'everything':
      return { done: [{ what: 'ended', is: 'everything: all sign in anew' }], tokens: 'a token from before', next: 'curfew verifiers' }
    case 'client':
      return { done: [{ what: 'ended', is: `all that ${name} has` }], tokens: `${name}'s tokens`, next: 'curfew clients list' }
    case 'token':
      return { done: [{ what: 'ended', is: over ? 'the token' : 'nothing: it was over' }], tokens: 'it', next: 'curfew verifiers' }
    default: {
      const is = over ? `${sort} ${name}` : `nothing: no such ${sort} lives`
      return { done: [{ what: 'ended', is }], tokens: 'its tokens', next: 'curfew sessions' }
    }
  }
}

function tellWho({ user, sessions, grants, access_lifetime, services }: Found, name: string, now: number, out: Out): void {
  const offline = grants.filter((grant) => grant.offline)
  const places = sessions.length + offline.length
  facts(
    [
      { what: 'user', is: `${user.identifier ?? name}${user.name && user.name !== user.identifier ? `, ${user.name}` : ''}` },
      { what: 'sub', is: user.sub },
      { what: 'state', is: user.disabled ? 'disabled' : 'active', tone: user.disabled ? 'bad' : 'plain' },
      { what: 'roles', is: user.roles.join(', ') || 'none' },
      ...(user.cut === undefined ? [] : [{ what: 'ended', is: `all from before no. ${user.cut}` }]),
      ...(user.stale === undefined ? [] : [{ what: 'rights', is: `changed at no. ${user.stale}: a refresh brings today's` }]),
      { what: 'signed in', is: places === 0 ? 'nowhere' : places === 1 ? 'on 1 device' : `on ${places} devices` },
      ...(places === 0 ? [] : [{ what: 'tokens', is: `live ${duration(access_lifetime)} at most, and end with their device` }]),
    ],
    out,
  )
  if (sessions.length > 0) {
    out.write('\n')
    const cells = ({ sid, device = '', client, address = '', last_used_at, idle_expires_at, expires_at }: SessionRow) => {
      return [sid, device, client, address, ago(last_used_at, now), duration(Math.min(idle_expires_at, expires_at) - now)]
    }
    table(['session', 'device', 'client', 'address', 'last used', 'ends in'], sessions.map(cells), [], out)
  }
  if (offline.length > 0) {
    out.write('\n')
    const cells = ({ gid, client, scope, last_used_at }: (typeof offline)[number]) => [gid, client, scope, ago(last_used_at, now)]
    table(['offline grant', 'client', 'scope', 'last used'], offline.map(cells), [], out)
  }
  if (services.length > 0) {
    out.write('\n')
    table(
      ['service', 'audience', 'where their tokens are good'],
      services.map((one) => [one.service, one.audience, standing(one)]),
      [],
      out,
    )
  }
  if (places > 0) out.write('\n')
  next(places > 0 ? `curfew revoke --user ${name}` : 'curfew users list', out)
}
