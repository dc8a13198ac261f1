import { createServer } from 'node:http'
import { createCurfew } from 'curfew'
import type { CurfewOptions } from '../../src/index.ts'

/** The issuer of a soak as a process of its own. Asked over IPC, it says what it takes, after a collection of garbage: it is started with --expose-gc. */
const { port, options } = JSON.parse(process.env.SOAK_SETUP ?? '{}') as { port: number; options: CurfewOptions }
const silent = (): void => undefined
const curfew = createCurfew({ ...options, logger: { debug: silent, info: silent, warn: silent, error: console.error } })
await curfew.ready()
const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => curfew.node(request, response))
server.listen(port, '127.0.0.1', () => process.send?.({ ready: true }))

process.on('message', async (message) => {
  if (message === 'sample') {
    globalThis.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    process.send?.({ rss, heap: heapUsed })
    return
  }
  server.close()
  await curfew.close()
  server.closeAllConnections()
  process.exit(0)
})
process.once('disconnect', () => process.exit(1)) // the harness is gone: so are we
