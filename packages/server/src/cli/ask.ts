import { existsSync } from 'node:fs'
import { askServer } from '../control/ask-server.ts'
import { controlPath } from '../control/control-path.ts'
import { perform, sentence } from '../control/open-control.ts'
import { openOffline } from '../create-curfew.ts'
import type { DatabaseOption } from '../database-option.ts'
import { CurfewError, OAuthError } from '../errors.ts'
import { databaseAt, fileOf, shownDatabase } from '../open-store.ts'
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
  const database = await databaseOf(place, terminal)
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

/** Asks many times: each by itself, or in one database that is opened once. */
export async function asking<T>(
  { place, terminal }: { place: Place; terminal: Terminal },
  work: (ask: (command: string, args: Args) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const database = await databaseOf(place, terminal)
  const file = fileOf(database)
  const path = file === undefined ? undefined : controlPath(file)
  if (path !== undefined && (await askServer(path, 'status', {}))) {
    return work(async (command, args) => {
      const answered = await askServer(path, command, args)
      if (!answered) throw new CurfewError('The server stopped meanwhile. What was asked before is done: do the same again.')
      return answered.done
    })
  }
  const open = await openHere(database, { place, terminal, command: '' })
  const to = { row: () => undefined, gone: new AbortController().signal }
  try {
    return await work((command, args) => perform(command, args, open.services, to))
  } catch (error) {
    throw error instanceof CurfewError ? error : new CurfewError(sentence(error))
  } finally {
    await open.close()
  }
}

async function databaseOf(place: Place, terminal: Terminal): Promise<DatabaseOption> {
  const named = place.database ?? terminal.env.CURFEW_DATABASE
  const database = named && fileOf(named) !== undefined ? named : await configuredDatabase(place, terminal)
  if (database === ':memory:')
    throw new CurfewError('The database is in the memory of its server, which opens no control socket for it. Name a file: --database PATH')
  return database
}

async function configuredDatabase(place: Place, terminal: Terminal): Promise<DatabaseOption> {
  const { database } = await readConfigFile(place.config, terminal.env)
  return place.database ? databaseAt(place.database, database) : (database ?? 'curfew.db')
}

/** Opens the database where no server runs, for as long as it is not closed. */
async function openHere(
  database: DatabaseOption,
  { place, terminal, command }: { place: Place; terminal: Terminal; command: string },
): Promise<Awaited<ReturnType<typeof openOffline>>> {
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
  const open = await openOffline(database, { ...configured, logger }, { restoring: command === 'restored' }).catch((error: unknown) => {
    if (error instanceof OAuthError)
      throw new CurfewError(`${shownDatabase(database)} does not answer. Is it there, and is the address right?`)
    throw error
  })
  // Its timers let a process end; this one must not, before the answer is there.
  const stay = setInterval(() => undefined, 1 << 30)
  return {
    services: open.services,
    async close() {
      clearInterval(stay)
      await open.close()
    },
  }
}

async function offline(
  database: DatabaseOption,
  command: string,
  args: Args,
  given: { place: Place; terminal: Terminal; row: (value: unknown) => void; gone: AbortController; hush: (() => void)[] },
): Promise<unknown> {
  const { place, terminal, row, gone, hush } = given
  const open = await openHere(database, { place, terminal, command })
  const inquire = () => perform('verifiers', {}, open.services, { row, gone: gone.signal }) as Promise<Standing>
  try {
    if (command === 'tail' && fileOf(database) !== undefined)
      gone.abort() // nobody writes here while we have the file: what is there is all
    else if (command !== 'tail') hush.push(showProgress(terminal, inquire))
    const doing = perform(command, args, open.services, { row, gone: gone.signal })
    return command === 'tail' ? await doing : await Promise.race([doing, calledOff(gone.signal)])
  } catch (error) {
    throw error instanceof CurfewError ? error : new CurfewError(sentence(error))
  } finally {
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
