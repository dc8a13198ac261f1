import { Command, CommanderError } from 'commander'
import { CurfewError } from '../errors.ts'
import { accountCommands } from './account-commands.ts'
import type { Out } from './print.ts'
import { registryCommands } from './registry-commands.ts'
import { serverCommands } from './server-commands.ts'
import { watchCommands } from './watch-commands.ts'

/** The command line. Exit codes: 0 done, 1 refused or failed, 2 not understood, 3 ended but not confirmed yet. */
export async function main(
  argv: readonly string[],
  stdout: NodeJS.WriteStream = process.stdout,
  stderr: NodeJS.WriteStream = process.stderr,
): Promise<number> {
  const colour = stdout.isTTY === true && !process.env.NO_COLOR
  let code = 0
  const program = new Command('curfew')
    .description('An OAuth 2.1 and OpenID Connect server with sessions. Sign-out that holds.')
    .option('-c, --config <file>', 'the configuration (curfew.config.ts in this folder)')
    .option('-d, --database <file>', 'the database (from the configuration, or curfew.db)')
    .option('--json', 'one JSON value on stdout instead of words')
    .showHelpAfterError('Try: curfew --help')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text) })
    .addHelpText(
      'after',
      '\nThe commands talk to the running server, or open the database where none runs.\nSecrets are read from stdin or a prompt, never from arguments.\n',
    )
  const context: Context = {
    out: () => ({ write: (text) => void stdout.write(text), colour, json: program.opts().json === true }),
    place: () => ({ config: program.opts().config, database: program.opts().database }),
    exit: (value) => {
      code = value
    },
  }
  for (const add of [serverCommands, accountCommands, registryCommands, watchCommands]) add(program, context)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    if (error instanceof CurfewError) {
      if (context.out().json) stdout.write(`${JSON.stringify({ error: error.message })}\n`)
      else stderr.write(`${error.message}\n`)
      return 1
    }
    stderr.write(`Something went wrong that should not have: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 1
  }
}

/** What each group of commands gets. */
export interface Context {
  readonly out: () => Out
  readonly place: () => { config?: string; database?: string }
  readonly exit: (code: number) => void
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
