import { connect } from 'node:net'
import { CurfewError } from '../errors.ts'

/** How an answer is waited for. */
export interface Asking {
  /** Takes what comes before the answer, one value at a time. */
  readonly row?: (value: unknown) => void
  /** The asker has gone away. */
  readonly gone?: AbortSignal
  /** Milliseconds within which a server that is alive says that it has heard. */
  readonly patience?: number
}

/** Asks the server that listens at a control socket. Undefined: nobody listens there, the socket is left over. */
export function askServer(
  path: string,
  command: string,
  args: Readonly<Record<string, unknown>>,
  { row = () => undefined, gone, patience = 10_000 }: Asking = {},
): Promise<{ done: unknown } | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    let rest = ''
    let isConnected = false
    const refuse = (sentence: string): void => {
      reject(new CurfewError(sentence))
      socket.destroy()
    }
    const timer = setTimeout(
      () => refuse('The server is there, but it does not answer. Is it stopped, or out of breath? Look at its log.'),
      patience,
    )
    const leave = (): void => {
      if (command === 'tail') resolve({ done: undefined })
      else reject(new CurfewError('Called off. What was asked may have been done already; only the waiting is over.'))
      socket.destroy()
    }
    if (gone?.aborted) leave()
    gone?.addEventListener('abort', leave, { once: true })

    const take = (line: string): void => {
      let message: { heard?: true; row?: unknown; done?: unknown; error?: string }
      try {
        message = JSON.parse(line)
      } catch {
        refuse(`What listens at ${path} does not speak as a Curfew server does. Another version? Restart the server.`)
        return
      }
      if (message.heard) clearTimeout(timer)
      else if (message.error !== undefined) reject(new CurfewError(message.error))
      else if ('row' in message) row(message.row)
      else resolve({ done: message.done })
    }

    socket.setEncoding('utf8')
    socket.on('connect', () => {
      isConnected = true
      socket.write(`${JSON.stringify({ command, args })}\n`)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (!isConnected && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT')) resolve(undefined)
      else if (error.code === 'EACCES') refuse('The server runs as another user, and takes commands only from that one.')
      else if (!isConnected) refuse(`The running server could not be asked: ${error.message}.`)
    })
    socket.on('close', () => {
      clearTimeout(timer)
      gone?.removeEventListener('abort', leave)
      reject(
        new CurfewError(
          command === 'tail'
            ? 'The server stopped, so nothing more comes.'
            : 'The server stopped before it answered. What was asked may or may not have been done: ask again.',
        ),
      )
    })
    socket.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) take(line)
    })
  })
}
