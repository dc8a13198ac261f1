import { existsSync, readFileSync } from 'node:fs'
import { askServer } from '../control/ask-server.ts'
import { controlPath, perform, sentence } from '../control/open-control.ts'
import { openOffline } from '../create-curfew.ts'
import { CurfewError } from '../errors.ts'
import { readConfigFile } from './config-file.ts'

/** Where the command line finds the server or the file. */
export interface Place {
  readonly config?: string | undefined
  readonly database?: string | undefined
}

/** Asks the running server, through its control socket; where nobody runs, opens the database itself (contract §7). */
export async function ask(
  command: string,
  args: Record<string, unknown>,
  place: Place,
  row: (value: unknown) => void = () => undefined,
): Promise<unknown> {
  const configured = await readConfigFile(place.config)
  const database = place.database ?? configured.database ?? 'curfew.db'
  const path = controlPath(database, (file) => readFileSync(file, 'utf8'))
  const answered = path === undefined ? undefined : await askServer(path, command, args, row)
  if (answered) return answered.done
  if (!existsSync(database)) {
    throw new CurfewError(
      `There is no database ${database} here. Start the server once, or name the file: --database PATH (or CURFEW_DATABASE).`,
    )
  }
  const offline = await openOffline(database, configured.secret)
  try {
    const gone = new AbortController()
    process.once('SIGINT', () => gone.abort())
    return await perform(command, args, offline.services, { row, gone: gone.signal })
  } catch (error) {
    throw error instanceof CurfewError ? error : new CurfewError(sentence(error))
  } finally {
    await offline.close()
  }
}
