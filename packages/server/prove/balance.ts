import { connect, createServer, type Socket } from 'node:net'

/** A plain load balancer: each connection to the next node in turn, nothing sticky, nothing known of what goes through. */
export async function balance(port: number, nodes: readonly number[]): Promise<{ close(): void }> {
  const open = new Set<Socket>()
  let turn = 0
  const server = createServer((inward) => {
    const onward = connect(nodes[turn++ % nodes.length]!, '127.0.0.1')
    for (const [one, other] of [
      [inward, onward],
      [onward, inward],
    ] as const) {
      open.add(one)
      one.setNoDelay(true)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
    inward.pipe(onward).pipe(inward)
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  return {
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
