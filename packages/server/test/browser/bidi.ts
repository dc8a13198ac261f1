/** One connection to a browser that speaks WebDriver BiDi (W3C): commands by number, events by name. */
export interface Bidi {
  command<T>(method: string, params: Record<string, unknown>): Promise<T>
  /** Calls for each event of that name; gives back how to listen no more. */
  on(event: string, run: (params: Record<string, unknown>) => void): () => void
  close(): void
}

type Message = { id?: number; method?: string; params?: Record<string, unknown>; result?: unknown; error?: string; message?: string }

/** Connects. */
export async function connectBidi(url: string): Promise<Bidi> {
  const socket = new WebSocket(url)
  await new Promise<void>((open, failed) => {
    socket.addEventListener('open', () => open())
    socket.addEventListener('error', () => failed(new Error(`no WebDriver BiDi at ${url}`)))
  })
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>()
  const listeners = new Map<string, Set<(params: Record<string, unknown>) => void>>()
  let last = 0
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    if (message.id === undefined) {
      for (const run of listeners.get(message.method ?? '') ?? []) run(message.params ?? {})
      return
    }
    const asked = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error === undefined) asked?.resolve(message.result as never)
    else asked?.reject(new Error(`${message.error}: ${message.message}`))
  })
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser hung up'))
  })
  return {
    command(method, params) {
      const id = ++last
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        socket.send(JSON.stringify({ id, method, params }))
      })
    },
    on(event, run) {
      const all = listeners.get(event) ?? new Set()
      listeners.set(event, all.add(run))
      return () => void all.delete(run)
    },
    close: () => socket.close(),
  }
}
