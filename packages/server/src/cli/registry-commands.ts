import type { Command } from 'commander'
import { whole } from './account-commands.ts'
import { ask } from './ask.ts'
import type { Context } from './main.ts'
import { facts, next, table } from './print.ts'

type Client = { id: string; name: string; authentication: string; grants: string[]; scopes: string[]; from: string; secret?: string }
type Service = { id: string; audience: string; checks: string; public: boolean; from: string; key?: string; issuer?: string }

/** `curfew clients …`, `services …`. */
export function registryCommands(program: Command, { out, place }: Context): void {
  const clients = program.command('clients').description('OAuth clients: applications that people sign in to')
  clients
    .command('add <id>')
    .description('register one; a confidential client’s secret is printed once')
    .option('--name <name>', 'what people are shown')
    .option('--redirect-uri <uri...>', 'where it gets its codes, exactly')
    .option('--post-logout-redirect-uri <uri...>', 'where people go after signing out')
    .option('--grant <grant...>', 'authorization_code, refresh_token, client_credentials')
    .option('--scope <scope...>', 'what it may ask for')
    .option('--audience <audience>', 'its default audience')
    .option('--origin <origin...>', 'web origins that may call the token endpoint')
    .option('--confidential', 'it can keep a secret')
    .option('--no-consent', 'a first-party client: people are not asked')
    .option('--access-lifetime <seconds>', 'of its access tokens', whole)
    .action(async (id: string, given: Record<string, unknown>) => {
      const {
        redirectUri: redirectUris,
        postLogoutRedirectUri: postLogoutRedirectUris,
        grant: grants,
        scope: scopes,
        origin: origins,
        consent,
        ...rest
      } = given
      const args = {
        id,
        redirectUris,
        postLogoutRedirectUris,
        grants,
        scopes,
        origins,
        ...rest,
        ...(consent === false ? { consent: 'skip' } : {}),
      }
      const made = (await ask('clients.add', defined(args), place())) as Client
      if (out().json) return out().write(`${JSON.stringify(made)}\n`)
      facts(
        [
          { what: 'added', is: made.id },
          { what: 'proves itself', is: made.authentication },
          ...(made.secret ? [{ what: 'secret', is: made.secret, figure: 'shown once' }] : []),
        ],
        out(),
      )
      next('curfew clients list', out())
    })
  clients
    .command('list')
    .description('which there are')
    .action(async () => {
      const rows = (await ask('clients.list', {}, place())) as Client[]
      if (out().json) return out().write(`${JSON.stringify(rows)}\n`)
      table(
        ['client', 'name', 'proves itself', 'grants', 'from'],
        rows.map((row) => [row.id, row.name, row.authentication, row.grants.join(' '), row.from]),
        [],
        out(),
      )
    })
  clients
    .command('remove <id>')
    .description('withdraw it: all that it has ends')
    .action(async (id: string) => {
      const answer = await ask('clients.remove', { id }, place())
      if (out().json) return out().write(`${JSON.stringify(answer)}\n`)
      facts([{ what: 'removed', is: id }], out())
    })

  const services = program.command('services').description('resource servers: APIs that check tokens')
  const tell = (made: Service): void => {
    if (out().json) {
      out().write(`${JSON.stringify(made)}\n`)
      return
    }
    const { id, audience, checks, issuer, key } = made
    facts(
      [
        { what: 'service', is: id },
        { what: 'audience', is: audience },
        { what: 'checks', is: checks },
      ],
      out(),
    )
    out().write(`\nIts environment; the key is shown once:\n\nCURFEW_ISSUER=${issuer}\nCURFEW_AUDIENCE=${audience}\nCURFEW_KEY=${key}\n\n`)
    next('curfew verifiers', out())
  }
  services
    .command('add <id>')
    .description('register one, and print its key once')
    .option('--audience <audience>', 'what its tokens are for (the configured audience)')
    .option('--checks <how>', 'follow, introspect or none', 'follow')
    .option('--public', 'people see its name in receipts')
    .action(async (id: string, options: Record<string, unknown>) =>
      tell((await ask('services.add', defined({ id, ...options }), place())) as Service),
    )
  services
    .command('key <id>')
    .description('make a new key; the old one is good no more')
    .action(async (id: string) => tell((await ask('services.key', { id }, place())) as Service))
  services
    .command('list')
    .description('which there are')
    .action(async () => {
      const rows = (await ask('services.list', {}, place())) as Service[]
      if (out().json) return out().write(`${JSON.stringify(rows)}\n`)
      table(
        ['service', 'audience', 'checks', 'public', 'from'],
        rows.map((row) => [row.id, row.audience, row.checks, row.public ? 'yes' : 'no', row.from]),
        [],
        out(),
      )
    })
  services
    .command('remove <id>')
    .description('it gets no lease any more')
    .action(async (id: string) => {
      const answer = await ask('services.remove', { id }, place())
      if (out().json) return out().write(`${JSON.stringify(answer)}\n`)
      facts([{ what: 'removed', is: id }], out())
    })
}

function defined(args: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
}
