import { Command, CommanderError } from 'commander'
import { version } from '../control/version.ts'
import { CurfewError, messageOf } from '../errors.ts'
import { ask } from './ask.ts'
import { clientCommands } from './client-commands.ts'
import type { Context } from './context.ts'
import { doctorCommand } from './doctor-command.ts'
import { initCommand } from './init-command.ts'
import { outageCommands } from './outage-commands.ts'
import type { Out } from './print.ts'
import { serverCommands } from './server-commands.ts'
import { serviceCommands } from './service-commands.ts'
import { sessionCommands } from './session-commands.ts'
import { processTerminal, type Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'
import { userCommands } from './user-commands.ts'
import { watchCommands } from './watch-commands.ts'

/** The command line. Exit codes: 0 done, 1 refused or failed, 2 not understood, 3 ended but not confirmed yet. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const { stdout, stderr, env } = terminal
  const write = (text: string): void => void stdout.write(text)
  // Whoever read the output may go away before its end (`curfew --help | head`): that is no failure of ours, and may be told later than
  // the command is done.
  for (const stream of [stdout, stderr]) stream.on('error', () => undefined)
  let code = 0
  const program = new Command('curfew')
  const out = (): Out => ({
    write,
    colour: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb',
    json: argv.includes('--json') || program.opts().json === true,
  })
  const place: Context['place'] = () => ({ config: program.opts().config, database: program.opts().database })
  const help = new Command('help').argument('[command]').helpOption(false).description('this text, or that of a command').helpGroup('Run:')
  const context: Context = {
    terminal,
    out,
    place,
    ask: async <Answer>(...[command, args, row]: Parameters<Context['ask']>) =>
      (await ask(command, args, { place: place(), terminal, row })) as Answer,
    tell(answer, words, endsWith = 0) {
      code = endsWith
      if (out().json) write(`${JSON.stringify(answer)}\n`)
      else words(out())
    },
  }
  program
    .description('An OAuth 2.1 and OpenID Connect server with sessions. Sign-out that holds.')
    .option('-c, --config <file>', 'the configuration (curfew.config.ts in this folder)')
    .option('-d, --database <file>', 'the database (from the configuration, or curfew.db)')
    .option('--json', 'JSON on stdout instead of words; failures, too: {"error": …}')
    .version(version(), '-V, --version', 'which version this is')
    .helpOption('-h, --help', 'this text')
    .addHelpCommand(help)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: (text) => void (out().json || stderr.write(text)) })
    .addHelpText('after', closing)
  const groups: readonly (readonly [string, ((program: Command, context: Context) => void)[]])[] = [
    ['Run:', [initCommand, serverCommands]],
    ['People:', [userCommands, sessionCommands]],
    ['Who is registered:', [clientCommands, serviceCommands]],
    ['Watch:', [watchCommands, doctorCommand, outageCommands]],
  ]
  for (const [name, adds] of groups) {
    program.commandsGroup(name)
    for (const add of adds) add(program, context)
  }
  pointToHelp(program)
  const fail = (sentence: string, exitCode: number): number => {
    if (out().json) write(`${JSON.stringify({ error: sentence })}\n`)
    else stderr.write(`${sentence}\n`)
    return exitCode
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0
      const { message } = error
      if (out().json)
        return fail(message === '(outputHelp)' ? 'Say what to do: curfew --help' : message.replace(/^error: /, '').replaceAll('\n', ' '), 2)
      return 2
    }
    if (error instanceof UsageError) return fail(error.message, 2)
    if (error instanceof CurfewError) return fail(error.message, 1)
    // The system refused something: a file, a folder. Its own words say which.
    if (error instanceof Error && 'syscall' in error) return fail(`${messageOf(error)}.`, 1)
    return fail(`Something went wrong that should not have: ${error instanceof Error ? error.stack : String(error)}`, 1)
  }
}

const closing = `
The commands talk to the running server, or open the database where none runs.
Secrets and tokens are read from stdin or asked for, not taken from arguments.
Exit codes: 0 done, 1 refused or failed, 2 not understood, 3 ended but not confirmed yet.`

/** After a mistake, each command points to its own help. */
function pointToHelp(command: Command, path: string = ''): void {
  const name = path === '' ? command.name() : `${path} ${command.name()}`
  command.showHelpAfterError(`How it is used: ${name} --help`)
  if (path !== '') command.helpOption('-h, --help', 'this text')
  if (path !== '' && command.commands.length > 0) command.helpCommand(false)
  for (const one of command.commands) pointToHelp(one, name)
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
