import { existsSync } from 'node:fs'
import type { CurfewOptions } from '../config.ts'
import { askServer } from '../control/ask-server.ts'
import { controlPath } from '../control/control-path.ts'
import { perform, sentence } from '../control/open-control.ts'
import { openOffline } from '../create-curfew.ts'
import { CurfewError } from '../errors.ts'
import { fileOf } from '../open-store.ts'
import { readConfigFile } from './config-file.ts'
import type { Place } from './context.ts'
import { type Standing, showProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

type Args = Readonly<Record<string, unknown>>

/** Asks the running server, through its control socket; where nobody runs, opens the database itself (contract §7). */
export async function ask(
  command: string,
  args: Args,
  { place, terminal, row = () => undefined }: { place: Place; terminal: Terminal; row?: ((value: unknown) => void) | undefined },
): Promise<unknown> {
  const named = place.database ?? terminal.env.CURFEW_DATABASE
  const database = named || ((await readConfigFile(place.config, terminal.env)).database ?? 'curfew.db')
  if (database === ':memory:')
    throw new CurfewError('The database is in the memory of its server, which opens no control socket for it. Name a file: --database PATH')
  const gone = new AbortController()
  const hush = [terminal.onInterrupt(() => gone.abort())]
  // Whoever read the output has gone away, as `head` does: so does the command.
  terminal.stdout.once('error', () => gone.abort())
  try {
    const file = fileOf(database)
    const path = file === undefined ? undefined : controlPath(file)
    if (path !== undefined && command === 'restored') {
      if (await askServer(path, 'status', {}))
        throw new CurfewError('A server runs on this database. Stop it first: it knows what was before the restore. Nothing was changed.')
    } else if (path !== undefined) {
      const inquire = async (): Promise<Standing> => ((await askServer(path, 'verifiers', {})) as { done: Standing }).done
      hush.push(command === 'tail' ? () => undefined : showProgress(terminal, inquire))
      const answered = await askServer(path, command, args, { row, gone: gone.signal })
      if (answered) return answered.done
      hush.pop()?.()
    }
    return await offline(database, command, args, { place, terminal, row, gone, hush })
  } finally {
    for (const one of hush.reverse()) one()
  }
}

async function offline(
  database: CurfewOptions['database'],
  command: string,
  args: Args,
  given: { place: Place; terminal: Terminal; row: (value: unknown) => void; gone: AbortController; hush: (() => void)[] },
): Promise<unknown> {
  const { place, terminal, row, gone, hush } = given
  const configured = await readConfigFile(place.config, terminal.env)
  const file = fileOf(database)
  const isMade = file === undefined || existsSync(file)
  // The first user, client or service may come before the first start, where it is known what the issuer will be.
  const mayMake = command.endsWith('.add') && place.database === undefined && configured.issuer && configured.audience
  if (!isMade && !mayMake) {
    throw new CurfewError(
      `There is no database ${file} here. Start the server once (curfew serve), or name the file: --database PATH (or CURFEW_DATABASE).`,
    )
  }
  const say = (_facts: object, message?: string): void => void (message && terminal.stderr.write(`note: ${message}\n`))
  const logger = { debug: () => undefined, info: () => undefined, warn: say, error: say }
  const open = await openOffline(database, { ...configured, logger })
  // Its timers let a process end; this one must not, before the answer is there.
  const stay = setInterval(() => undefined, 1 << 30)
  const inquire = () => perform('verifiers', {}, open.services, { row, gone: gone.signal }) as Promise<Standing>
  try {
    if (command === 'tail' && file !== undefined)
      gone.abort() // nobody writes here while we have the file: what is there is all
    else if (command !== 'tail') hush.push(showProgress(terminal, inquire))
    const doing = perform(command, args, open.services, { row, gone: gone.signal })
    return command === 'tail' ? await doing : await Promise.race([doing, calledOff(gone.signal)])
  } catch (error) {
    throw error instanceof CurfewError ? error : new CurfewError(sentence(error))
  } finally {
    clearInterval(stay)
    await open.close()
  }
}

function calledOff(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () =>
      reject(new CurfewError('Called off. What was asked may have been done already; only the waiting is over.')),
    )
  })
}
