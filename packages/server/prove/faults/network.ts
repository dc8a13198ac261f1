import { connect, createServer, type Socket } from 'node:net'
import { repeatable } from './repeatable.ts'

/** What the weather is on a way. */
export type Weather =
  | { readonly is: 'clear' }
  /** Connections are refused, those that are open are cut. */
  | { readonly is: 'cut' }
  /** Nothing arrives, and nobody is told; what was sent arrives when the weather changes. */
  | { readonly is: 'silent' }
  /** Each direction takes that much longer. */
  | { readonly is: 'slow'; readonly ms: number }
  /** As TCP shows loss: that share of what is sent comes after a repetition, 200 ms and more later, and what follows waits behind it. */
  | { readonly is: 'lossy'; readonly share: number }
  /** That share of whole requests is delivered again, up to so much later, to whatever node is next. */
  | { readonly is: 'twice'; readonly share: number; readonly ms: number }

/** A way from one process to another, through the harness. */
export interface Way {
  readonly port: number
  weather(weather: Weather): void
  /** Cuts what is open now; with a port, what is open to there. */
  cut(to?: number): void
  close(): void
}

/** More than any message of ours; a connection with more under way is cut. */
const mostUnderWay = 8 << 20

/** Opens a way at an address of this machine; `to` names a port for each connection, or several to try in turn. */
export async function openWay(given: {
  readonly host?: string
  readonly port?: number
  readonly to: () => readonly number[]
  readonly random: () => number
}): Promise<Way> {
  const { host = '127.0.0.1', to, random } = given
  let weather: Weather = { is: 'clear' }
  const pumps = new Set<() => void>()
  const open = new Set<Socket>()
  const server = createServer((inward) => {
    if (weather.is === 'cut') return reset(inward)
    join(inward)
  })
  await new Promise<void>((listening, failed) => {
    server.once('error', failed)
    server.listen(given.port ?? 0, host, listening)
  })

  function join(inward: Socket): void {
    known(inward)
    inward.pause()
    connectTo([...to()])

    /** A node that refuses is passed over for the next (HAProxy: `option redispatch`). */
    function connectTo(ports: number[]): void {
      const port = ports.shift()
      if (port === undefined || inward.destroyed) return void reset(inward)
      const onward = connect(port, '127.0.0.1')
      const refused = (): void => connectTo(ports)
      onward.once('error', refused)
      onward.once('connect', () => {
        onward.off('error', refused)
        known(onward)
        carry(inward, onward, true)
        carry(onward, inward, false)
        inward.resume()
      })
    }
  }

  function known(socket: Socket): void {
    open.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
  }

  function carry(from: Socket, into: Socket, isAsking: boolean): void {
    const queue: { readonly bytes: Buffer; readonly due: number }[] = []
    let size = 0
    let isOver = false
    let isGone = false
    let timer: NodeJS.Timeout | undefined
    const pump = (): void => {
      clearTimeout(timer)
      while (queue[0] && weather.is !== 'silent' && queue[0].due <= performance.now()) {
        const { bytes } = queue.shift()!
        size -= bytes.length
        if (!into.destroyed) into.write(bytes)
      }
      if (queue[0]) {
        if (weather.is !== 'silent') timer = setTimeout(pump, Math.max(0, queue[0].due - performance.now()))
        return
      }
      if (isOver) into.end()
      if (!isGone) return
      pumps.delete(pump)
      into.destroy()
    }
    pumps.add(pump)
    from.on('data', (bytes: Buffer) => {
      if (weather.is === 'twice' && isAsking && random() < weather.share && repeatable(bytes)) again(bytes, weather.ms)
      const due = Math.max(queue.at(-1)?.due ?? 0, performance.now() + lateness())
      queue.push({ bytes, due })
      size += bytes.length
      if (size > mostUnderWay) from.destroy()
      pump()
    })
    from.on('end', () => {
      isOver = true
      pump()
    })
    from.once('close', () => {
      // What is under way still arrives, and before that nobody learns that the other has hung up.
      isGone = true
      pump()
    })
  }

  function lateness(): number {
    if (weather.is === 'slow') return weather.ms * (0.9 + 0.2 * random())
    if (weather.is !== 'lossy') return 0
    let late = 0
    for (let wait = 200; wait <= 800 && random() < weather.share; wait *= 2) late += wait
    return late
  }

  function again(bytes: Buffer, within: number): void {
    setTimeout(() => {
      const [port] = to()
      if (port === undefined) return
      const other = connect(port, '127.0.0.1', () => void other.write(bytes))
      known(other)
      other.once('data', () => other.destroy())
      setTimeout(() => other.destroy(), 4000).unref()
    }, random() * within)
  }

  const cut = (at?: number): void => {
    for (const socket of open) if (at === undefined || socket.remotePort === at) reset(socket)
  }
  const { port } = server.address() as { port: number }
  return {
    port,
    cut,
    weather(next) {
      weather = next
      if (next.is === 'cut') cut()
      for (const pump of pumps) pump()
    },
    close() {
      server.close()
      cut()
    },
  }
}

/** A connection is reset; one whose end was sent already is only destroyed: reset as well, it would keep the event loop spinning (Node 24). */
function reset(socket: Socket): void {
  if (socket.writableEnded || socket.destroyed) socket.destroy()
  else socket.resetAndDestroy()
}
