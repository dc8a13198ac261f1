import type { Command } from 'commander'
import { type Context, examples } from './context.ts'
import { length } from './numbers.ts'
import { duration, facts, next, table } from './print.ts'
import { UsageError } from './usage-error.ts'

interface Told {
  readonly service: string
  readonly process: string
}

/** `curfew pause`, `restored`. */
export function outageCommands(program: Command, { ask, tell }: Context): void {
  const pause = program.command('pause').description('before a planned outage: lets services go on alone until it is over')
  pause.option('--for <duration>', 'how long it will take, at most 580s', length).option('--end', 'it is over: the lease of before')
  pause.addHelpText(
    'after',
    '\nUntil the lease of before is back and one long lease has passed, a sign-out waits longer for a service that has died.',
  )
  examples(pause, 'curfew pause --for 2min', 'curfew pause --end')
  pause.action(async ({ for: given, end }: { for?: number; end?: true }) => {
    if ((given === undefined) === (end === undefined)) throw new UsageError('Say one: --for a length of time, or --end.')
    if (end) {
      const found = await ask<{ lease_ms: number; wait_ms: number }>('pause.end', {})
      tell(found, (out) => {
        facts([{ what: 'lease', is: duration(found.lease_ms / 1000) }], out)
        next('curfew verifiers', out)
      })
      return
    }
    const found = await ask<{ lease_ms: number; ready: readonly Told[]; silent: readonly Told[] }>('pause', { for_ms: given })
    tell(found, (out) => {
      const rows = [
        ...found.ready.map(({ service, process }) => [service, process, `goes on alone for ${duration(found.lease_ms / 1000)}`]),
        ...found.silent.map(({ service, process }) => [service, process, 'did not ask: it has no lease to keep']),
      ]
      if (rows.length > 0) table(['service', 'process', ''], rows, [], out)
      facts([{ what: 'now', is: 'stop the database, or the issuer', tone: 'good' }], out)
      next('curfew pause --end', out)
    })
  })

  const restored = program
    .command('restored')
    .description('after a backup was restored, before any server runs: nothing of before is good any more')
  restored.option('--lease <duration>', 'the longest lease that was given since the backup (10min)', length)
  restored.addHelpText(
    'after',
    `
Stop every server first (with PostgreSQL, every node). Everybody signs in anew, whatever had ended stays so, and signing keys are made anew at the next start. Until one lease as
long as given here has passed, sign-outs are not confirmed: nobody knows who had one.`,
  )
  examples(restored, 'curfew restored', 'curfew restored --lease 5s')
  restored.action(async ({ lease }: { lease?: number }) => {
    const found = await ask<{ head: number; wait_ms: number }>('restored', { lease_ms: lease })
    tell(found, (out) => {
      const rows = [
        { what: 'ended', is: 'everything of before: all sign in anew' },
        { what: 'ledger', is: `goes on at ${found.head}` },
        { what: 'confirms', is: `again when it has been served for ${duration(found.wait_ms / 1000)}` },
      ]
      facts(rows, out)
      next('curfew serve', out)
    })
  })
}
