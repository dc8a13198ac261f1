import { createServer } from 'node:http'
import { type CurfewOptions, createCurfew } from '../../src/index.ts'

/** The issuer that is fuzzed: a process of its own on a file, served as `curfew serve` does. Its log, its mails and its memory go to the test by IPC. */
const { port, options } = JSON.parse(process.env.FUZZ_SETUP ?? '{}') as { port: number; options: CurfewOptions }
const write =
  (level: string) =>
  (facts: object, message?: string): void =>
    void process.send?.({ log: JSON.stringify({ level, ...facts, msg: message }) })
const curfew = createCurfew({
  ...options,
  serve: { health: true },
  logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  mail: {
    from: 'login@issuer.test',
    transport: async (message: object) =>
      void process.send?.({ mail: { to: String(Object(message).to), text: String(Object(message).text) } }),
  },
})
await curfew.ready()
await curfew.verifier().ready()
// The times of cli/serve.ts.
const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 15_000, requestTimeout: 30_000 }, (request, response) =>
  curfew.node(request, response),
)
server.listen(port, '127.0.0.1', () => process.send?.({ ready: true }))

process.on('message', async (message) => {
  if (message === 'heap') {
    globalThis.gc?.()
    return void process.send?.({ heap: process.memoryUsage().heapUsed })
  }
  server.close()
  await curfew.close()
  server.closeAllConnections()
  process.exit(0)
})
process.once('disconnect', () => process.exit(1))
