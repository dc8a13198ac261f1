import type { Command } from 'commander'
import { CurfewError } from '../errors.ts'
import { ask } from './ask.ts'
import { readAll } from './input.ts'
import type { Context } from './main.ts'
import { facts, next, table } from './print.ts'
import { tellToken } from './token-facts.ts'

type Verifier = { service: string; process: string; position: number; lag: number; lease_ms: number; silent_ms: number; gone?: string }

/** `curfew verifiers`, `inspect`, `lease`, `tail`. */
export function watchCommands(program: Command, { out, place, exit }: Context): void {
  program
    .command('verifiers')
    .description('who follows the ledger, how far, and how long each may go on alone')
    .action(async () => {
      const found = (await ask('verifiers', {}, place())) as { head: number; lease_ms: number; settled: boolean; verifiers: Verifier[] }
      if (out().json) return out().write(`${JSON.stringify(found)}\n`)
      if (found.verifiers.length === 0) {
        out().write('No verifier follows.\n')
        return next('curfew services add NAME', out())
      }
      const lease = (row: Verifier): string =>
        row.lease_ms > 0 ? `${(row.lease_ms / 1000).toFixed(1)} s` : `out, ${Math.round(row.silent_ms / 1000)} s`
      table(
        ['service', 'process', 'lease', 'position', 'lag', ''],
        found.verifiers.map((row) => [
          row.service,
          row.process,
          lease(row),
          String(row.position),
          String(row.lag),
          row.lease_ms > 0 ? '' : 'asks before it accepts',
        ]),
        ['position', 'lag'],
        out(),
      )
      if (!found.settled) out().write('After a start that was not clean, sign-outs wait for one lease before they confirm.\n')
      next('curfew tail', out())
    })

  program
    .command('inspect <->')
    .description('what a token is, and whether it is good: curfew inspect - < token.txt')
    .action(async (given: string) => {
      if (given !== '-')
        process.stderr.write('A token in an argument can be read by everybody on this machine. Better: curfew inspect - < token.txt\n')
      const token = given === '-' ? await readAll(process.stdin) : given
      if (token === '') throw new CurfewError('There is no token on stdin: curfew inspect - < token.txt')
      const found = (await ask('inspect', { token }, place())) as Parameters<typeof tellToken>[0]
      exit(tellToken(found, token, out()))
    })

  program
    .command('lease [duration]')
    .description('how long a verifier may go on without the issuer: curfew lease 2s')
    .action(async (duration: string | undefined) => {
      const found = (await ask('lease', duration === undefined ? {} : { lease_ms: readDuration(duration) }, place())) as {
        lease_ms: number
        wait_ms: number
      }
      if (out().json) return out().write(`${JSON.stringify(found)}\n`)
      facts(
        [
          { what: 'lease', is: `${found.lease_ms / 1000} s`, figure: 'a verifier goes on alone' },
          { what: 'wait', is: `${found.wait_ms / 1000} s`, figure: 'a sign-out waits at most' },
        ],
        out(),
      )
      next('curfew verifiers', out())
    })

  program
    .command('tail')
    .description('the ledger, entry by entry, as it is written')
    .option('--after <number>', 'begin after this entry', Number)
    .action(async (options: { after?: number }) => {
      await ask('tail', options.after === undefined ? {} : { after: options.after }, place(), (row) => {
        if (out().json) return out().write(`${JSON.stringify(row)}\n`)
        const { seq, until, ...what } = row as { seq: number; until: number } & Record<string, Record<string, string>>
        const [sort, names] = Object.entries(what)[0] ?? ['', {}]
        const [kind, name] = Object.entries(names)[0] ?? ['everybody', '']
        facts(
          [
            {
              what: String(seq),
              is: `${sort.padEnd(6)} ${kind} ${name}`.trimEnd(),
              figure: `until ${new Date(until * 1000).toISOString().slice(11, 19)}`,
            },
          ],
          out(),
        )
      })
    })
}

function readDuration(typed: string): number {
  const [, amount, unit] = /^(\d{1,6})(ms|s|min|m)$/.exec(typed) ?? []
  if (amount === undefined) throw new CurfewError(`${typed} is not a length of time. For example: 500ms, 5s, 2min.`)
  return Number(amount) * (unit === 'ms' ? 1 : unit === 's' ? 1000 : 60_000)
}
