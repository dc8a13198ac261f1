import type { Command } from 'commander'
import { type Context, examples } from './context.ts'
import { facts, milliseconds, next, table } from './print.ts'

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
}

/** `curfew services …` */
export function serviceCommands(program: Command, { ask, tell }: Context): void {
  const services = program.command('services').description('resource servers: APIs that check tokens')

  const tellKey = (made: Keyed): void =>
    tell(made, (out) => {
      const { id, audience, checks, issuer, key } = made
      facts(
        [
          { what: 'service', is: id },
          { what: 'checks', is: howOf(checks) },
        ],
        out,
      )
      // For people and for `>> .env`: the environment as a service reads it.
      out.write(`\nIts environment; the key is shown once:\n\n`)
      out.write(`CURFEW_ISSUER=${issuer}\nCURFEW_AUDIENCE=${audience}\nCURFEW_KEY=${key}\n\n`)
      next('curfew verifiers', out)
    })

  const add = services.command('add <id>').description('register one, and print its key once')
  add
    .option('--audience <audience>', 'what its tokens are for (the configured audience)')
    .option('--checks <how>', 'follow, introspect or none', 'follow')
    .option('--public', 'people see its name in receipts')
  examples(add, 'curfew services add orders', 'curfew services add legacy --checks none')
  add.action(async (id: string, options: { audience?: string; checks: string; public?: boolean }) =>
    tellKey(await ask<Keyed>('services.add', { id, ...options })),
  )

  const key = services.command('key <id>').description('make a new key; the old one is good no more')
  key.action(async (id: string) => tellKey(await ask<Keyed>('services.key', { id })))

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
