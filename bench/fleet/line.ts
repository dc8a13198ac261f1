import { connect } from 'node:net'

/** Where a follower asks, and as whom. */
export interface Whereabouts {
  readonly port: number
  readonly authorization: string
}

/** One kept connection of HTTP/1.1 to the follow endpoint, for one request at a time. */
export interface Line {
  /** A request is out. */
  readonly isBusy: boolean
  ask(body: string): void
  drop(): void
}

/** Opens one. `lost` is called once, however it ends but by `drop`. */
export function openLine({ port, authorization }: Whereabouts, came: (status: number, text: string) => void, lost: () => void): Line {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let isBusy = false
  let isOver = false
  let before: Buffer | undefined
  const end = (): void => {
    if (isOver) return
    isOver = true
    lost()
  }
  socket.on('error', end)
  socket.on('close', end)
  socket.on('data', (part) => {
    const bytes = before ? Buffer.concat([before, part]) : part
    const headEnd = bytes.indexOf('\r\n\r\n')
    const head = headEnd < 0 ? '' : bytes.toString('latin1', 0, headEnd)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1])
    before = headEnd < 0 || bytes.length < headEnd + 4 + length ? bytes : undefined
    if (before || isOver) return
    isBusy = false
    came(Number(head.slice(9, 12)), bytes.toString('utf8', headEnd + 4, headEnd + 4 + length))
  })
  return {
    get isBusy() {
      return isBusy
    },
    ask(body) {
      isBusy = true
      socket.write(
        `POST /ledger/follow HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
    },
    drop() {
      isOver = true
      socket.destroy()
    },
  }
}
