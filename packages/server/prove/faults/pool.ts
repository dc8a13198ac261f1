import { Agent, request } from 'node:http'

/** The nodes behind a load balancer, as `deploy/haproxy.cfg` has it: round robin, and /readyz says who is in. */
export interface Pool {
  /** The ports to try for a new connection, the next in turn first. */
  next(): readonly number[]
  /** Those that are in. */
  inside(): readonly number[]
  close(): void
}

/** Looks at each node every second. After two bad answers it is out, after a good one in. */
export function openPool(ports: readonly number[], onOut: (port: number) => void, every = 500): Pool {
  const bad = new Map<number, number>()
  const agent = new Agent({ keepAlive: false })
  let turn = 0
  let isClosed = false

  async function watch(port: number): Promise<void> {
    while (!isClosed) {
      const isGood = await look(port)
      if (isClosed) return
      bad.set(port, isGood ? 0 : (bad.get(port) ?? 0) + 1)
      if (bad.get(port) === 2) onOut(port)
      await new Promise((later) => setTimeout(later, every).unref())
    }
  }
  const look = (port: number): Promise<boolean> =>
    new Promise((seen) => {
      const asked = request({ host: '127.0.0.1', port, path: '/readyz', agent, timeout: 1000 }, (answer) => {
        answer.resume()
        seen(answer.statusCode === 200)
      })
      asked.once('timeout', () => asked.destroy())
      asked.once('error', () => seen(false))
      asked.end()
    })
  const isIn = (port: number): boolean => (bad.get(port) ?? 0) < 2
  for (const port of ports) void watch(port)
  return {
    next() {
      const first = turn++ % ports.length
      const inTurn = [...ports.slice(first), ...ports.slice(0, first)]
      // Where none is well, one that is unwell may still have an answer; and whoever refuses a connection is passed over.
      return [...inTurn.filter(isIn), ...inTurn.filter((port) => !isIn(port))]
    },
    inside: () => ports.filter(isIn),
    close() {
      isClosed = true
      agent.destroy()
    },
  }
}
