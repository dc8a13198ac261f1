import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { CurfewError, OAuthError } from '../errors.ts'
import { shownDatabase } from '../open-store.ts'
import { realWorld } from '../real-world.ts'
import { type Copied, copyDatabase } from '../store/copy/copy-database.ts'
import { type Context, examples } from './context.ts'
import { facts, next } from './print.ts'
import { UsageError } from './usage-error.ts'

/** `curfew copy`: from one SQLite file to an empty PostgreSQL. */
export function copyCommand(program: Command, { tell, terminal }: Context): void {
  const copy = program.command('copy').description('move everything from SQLite to PostgreSQL; nobody has to sign in anew')
  copy.requiredOption('--from <sqlite:file>', 'the file of a server that was stopped')
  copy.requiredOption('--to <postgres:url>', 'a database that Curfew never used; its password better in PGPASSWORD')
  copy.addHelpText(
    'after',
    `
Stop the server first; services go on for a lease, longer after: curfew pause --for 2min. All or nothing; a second run does no harm. The file stays as it
is, but is not served any more. Every node of the new one needs the same CURFEW_SECRET.`,
  )
  examples(copy, 'curfew copy --from sqlite:curfew.db --to postgres://curfew@db.example.com/curfew')
  copy.action(async ({ from, to }: { from: string; to: string }) => {
    const file = from.replace(/^sqlite:/, '')
    const url = to.replace(/^postgres:(?=postgres(ql)?:\/\/)/, '')
    if (file === '' || /^[a-z]+:\/\//.test(file)) throw new UsageError('--from is a file of SQLite: --from sqlite:curfew.db')
    if (!/^postgres(ql)?:\/\//.test(url)) throw new UsageError('--to is a database of PostgreSQL: --to postgres://user@host/name')
    const { stderr } = terminal
    const say = (_facts: object, message?: string): void => void (message && stderr.write(`note: ${message}\n`))
    const shown = shownDatabase(url)
    const progress = (table: string, rows: number): void => void (rows > 0 && stderr.write(`${table}: ${rows}\n`))
    const done = await copyDatabase(file, url, { world: realWorld(), log: { warn: say, error: say }, shown, progress }).catch((error) => {
      throw error instanceof OAuthError ? new CurfewError(`${shown} does not answer. Run it again: nothing is copied twice.`) : error
    })
    tell(done, (out) => {
      facts(rowsOf(done, shown), out)
      if (existsSync(`${file}.key`)) facts([{ what: 'secret', is: `CURFEW_SECRET of every node is what stands in ${file}.key` }], out)
      next(`CURFEW_DATABASE=${shown} curfew serve`, out)
    })
  })
}

function rowsOf(done: Copied, shown: string): { what: string; is: string }[] {
  if (done.outcome === 'already') return [{ what: 'copied', is: `already, to ${shown}: nothing was changed` }]
  return [
    { what: 'copied', is: `${Object.values(done.rows).reduce((sum, each) => sum + each, 0)} rows to ${shown}` },
    { what: 'ledger', is: `goes on at ${done.head}` },
  ]
}
