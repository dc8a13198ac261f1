import { connect } from 'node:net'
import { CurfewError } from '../errors.ts'

/** Asks the server that listens at a control socket. Undefined: nobody listens there, the socket is left over. */
export function askServer(
  path: string,
  command: string,
  args: Record<string, unknown>,
  row: (value: unknown) => void = () => undefined,
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
