import type { Command } from 'commander'
import { type Context, examples } from './context.ts'
import { type EndingAnswer, endingCode, tellEnding } from './ending.ts'
import { whole } from './numbers.ts'
import { facts, next, table } from './print.ts'
import { wait } from './user-commands.ts'

interface ClientRow {
  readonly id: string
  readonly name: string
  readonly authentication: string
  readonly grants: readonly string[]
  readonly redirect_uris: readonly string[]
  readonly from: string
  readonly secret?: string
}

interface Given {
  readonly redirectUri?: string[]
  readonly postLogoutRedirectUri?: string[]
  readonly grant?: string[]
  readonly scope?: string[]
  readonly origin?: string[]
  readonly consent: boolean
}

/** `curfew clients …` */
export function clientCommands(program: Command, { ask, tell }: Context): void {
  const clients = program.command('clients').description('OAuth clients: applications that people sign in to')

  const add = clients.command('add <id>').description('register one; the secret of a confidential client is printed once')
  add
    .option('--name <name>', 'what people are shown')
    .option('--redirect-uri <uri...>', 'where its codes go, exactly')
    .option('--post-logout-redirect-uri <uri...>', 'where people go after signing out')
    .option('--grant <grant...>', 'authorization_code and refresh_token, if nothing is said; client_credentials')
    .option('--scope <scope...>', 'what it may ask for')
    .option('--audience <audience>', 'its default audience')
    .option('--origin <origin...>', 'web origins that may call the token endpoint')
    .option('--confidential', 'it can keep a secret')
    .option('--no-consent', 'a first-party client: people are not asked')
    .option('--access-lifetime <seconds>', 'of its access tokens (300)', whole)
  examples(
    add,
    'curfew clients add shop --redirect-uri https://shop.example/callback --scope openid profile orders:read',
    'curfew clients add nightly --confidential --grant client_credentials --scope reports',
  )
  add.action(async (id: string, given: Given) => {
    const { redirectUri, postLogoutRedirectUri, grant, scope, origin, consent, ...rest } = given
    const lists = {
      redirectUris: redirectUri,
      postLogoutRedirectUris: postLogoutRedirectUri,
      grants: grant,
      scopes: scope,
      origins: origin,
    }
    const made = await ask<ClientRow>('clients.add', { id, ...lists, ...rest, consent: consent ? undefined : 'skip' })
    tell(made, (out) => {
      const secret = made.secret === undefined ? [] : [{ what: 'secret', is: made.secret, figure: 'shown once' }]
      facts([{ what: 'added', is: made.id }, { what: 'proves itself', is: proof(made) }, ...secret], out)
      next('curfew clients list', out)
    })
  })

  const list = clients.command('list').description('which there are')
  list.action(async () => {
    const rows = await ask<ClientRow[]>('clients.list', {})
    tell(rows, (out) => {
      const cells = (row: ClientRow) => [row.id, row.name, proof(row), row.grants.join(' '), row.from]
      table(['client', 'name', 'proves itself', 'grants', 'from'], rows.map(cells), [], out)
      next('curfew clients add ID --redirect-uri URI', out)
    })
  })

  const remove = clients
    .command('remove <id>')
    .description('withdraw it: all that it has ends')
    .option(...wait, whole)
  remove.action(async (id: string, options: { wait?: number }) => {
    const answer = await ask<EndingAnswer>('clients.remove', { id, ...options })
    const words = { done: [{ what: 'removed', is: id }], tokens: `${id}'s tokens`, next: 'curfew clients list' }
    tell(answer, (out) => tellEnding(answer, words, out), endingCode(answer))
  })
}

function proof({ authentication }: ClientRow): string {
  return authentication === 'none' ? 'not (public)' : authentication === 'client_secret_post' ? 'secret in the form' : 'secret (Basic)'
}
