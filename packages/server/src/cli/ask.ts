import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
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

/** Undefined: nobody listens there, the socket is left over. */
function askServer(
  path: string,
  command: string,
  args: Record<string, unknown>,
  row: (value: unknown) => void,
): Promise<{ done: unknown } | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let rest = ''
    let isConnected = false
    socket.setEncoding('utf8')
    socket.on('connect', () => {
      isConnected = true
      socket.write(`${JSON.stringify({ command, args })}\n`)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!isConnected && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT')) resolve(undefined)
      else reject(new CurfewError(`The running server could not be asked: ${error.message}.`))
    })
    socket.on('close', () =>
      reject(new CurfewError('The server stopped before it answered. What was asked may or may not have been done: ask again.')),
    )
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const message = JSON.parse(line) as { row?: unknown; done?: unknown; error?: string }
        if (message.error !== undefined) reject(new CurfewError(message.error))
        else if ('row' in message) row(message.row)
        else resolve({ done: message.done })
      }
    })
  })
}
