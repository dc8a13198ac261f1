import type { Command } from 'commander'
import { type Context, examples } from './context.ts'
import { facts, milliseconds, next, table } from './print.ts'
import { type EnvFile, reserveEnvFile, reserveKeyFile } from './service-env-file.ts'

interface ServiceRow {
  readonly id: string
  readonly audience: string
  readonly checks: string
  readonly public: boolean
  readonly from: string
}

interface Keyed extends ServiceRow {
  readonly issuer: string
  readonly key: string
  /** Of a new key for a service that is there: how long, in milliseconds, a lease under the old one may run. */
  readonly wait_ms?: number
}

const envOption: readonly [string, string] = ['--env <file>', 'write its environment, with the key, into a new file instead of showing it']

/** `curfew services …` */
export function serviceCommands(program: Command, { ask, tell }: Context): void {
  const services = program.command('services').description('resource servers: APIs that check tokens')

  /** Has a key made, and shows it once; or writes it into a file and shows it not at all. */
  const giveKey = async (make: () => Promise<Keyed>, path: string | undefined, reserve: (path: string) => EnvFile): Promise<void> => {
    const file = path === undefined ? undefined : reserve(path)
    let made: Keyed
    try {
      made = await make()
    } catch (error) {
      file?.discard()
      throw error
    }
    const { key, ...shown } = made
    const { id, audience, checks, issuer, wait_ms: wait } = shown
    const env = { CURFEW_ISSUER: issuer, CURFEW_AUDIENCE: audience, CURFEW_KEY: key }
    const wrote = file?.fill(env)
    const rows = [
      { what: 'service', is: id },
      { what: 'checks', is: howOf(checks) },
      wait === undefined
        ? { what: 'named', is: shown.public ? "in people's receipts, too" : "to operators only; in people's receipts, too, with --public" }
        : {
            what: 'old key',
            is: `good no more: processes that run with it have a lease for ${milliseconds(wait)} at most; start them anew`,
          },
    ]
    if (path !== undefined) {
      return tell({ ...shown, env: path }, (out) => {
        facts([...rows, { what: 'wrote', is: `${path}: ${wrote}` }], out)
        next(`node --env-file=${path} PROGRAM`, out)
      })
    }
    tell(made, (out) => {
      facts(rows, out)
      // For people and for `>> .env`: the environment as a service reads it.
      out.write(`\nIts environment; the key is shown once:\n\n`)
      out.write(`CURFEW_ISSUER=${issuer}\nCURFEW_AUDIENCE=${audience}\nCURFEW_KEY=${key}\n\n`)
      next('curfew verifiers', out)
    })
  }

  const add = services.command('add <id>').description('register one, and print its key once')
  add
    .option('--audience <audience>', 'what its tokens are for (the configured audience)')
    .option('--checks <how>', 'follow, introspect or none', 'follow')
    .option('--public', 'people see its name in receipts')
    .option(...envOption)
  examples(add, 'curfew services add orders --env orders.env', 'curfew services add legacy --checks none')
  add.action((id: string, { env, ...options }: { audience?: string; checks: string; public?: boolean; env?: string }) =>
    giveKey(() => ask<Keyed>('services.add', { id, ...options }), env, reserveEnvFile),
  )

  const key = services.command('key <id>').description('make a new key; the old one is good no more')
  key.option('--env <file>', 'write it into a new file instead of showing it, or into the place of the old key in a file that has one')
  key.action((id: string, { env }: { env?: string }) =>
    giveKey(
      () => ask<Keyed>('services.key', { id }),
      env,
      (path) => reserveKeyFile(path, id),
    ),
  )

  const list = services.command('list').description('which there are')
  list.action(async () => {
    const rows = await ask<ServiceRow[]>('services.list', {})
    tell(rows, (out) => {
      const cells = (row: ServiceRow) => [row.id, row.audience, row.checks, row.public ? 'yes' : 'no', row.from]
      table(['service', 'audience', 'checks', 'public', 'from'], rows.map(cells), [], out)
      next('curfew services add ID', out)
    })
  })

  const remove = services.command('remove <id>').description('it gets no lease any more')
  remove.action(async (id: string) => {
    const answer = await ask<{ removed: string; wait_ms: number }>('services.remove', { id })
    tell(answer, (out) => {
      facts([{ what: 'removed', is: `${id}: its verifiers accept on their own for ${milliseconds(answer.wait_ms)} at most` }], out)
      next('curfew verifiers', out)
    })
  })
}

function howOf(checks: string): string {
  if (checks === 'follow') return 'follow: on its own, with the ledger'
  return checks === 'introspect' ? 'introspect: asks about each token' : 'none: its tokens live until they expire, and receipts say so'
}
