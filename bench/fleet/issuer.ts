import { createServer } from 'node:http'
import { type CurfewOptions, createCurfew } from 'curfew'

/**
 * A node of the issuer as a process of its own: the product over `node:http`, with users of the application's own, whose check is a comparison:
 * hashing the passwords of so many sessions would be all that is measured.
 */
const setup = JSON.parse(process.env.PROVE_SETUP ?? '{}') as { port: number; options: CurfewOptions }
const curfew = createCurfew({
  ...setup.options,
  logger: { debug: () => undefined, info: () => undefined, warn: console.warn, error: console.error },
  accounts: {
    authenticate: async ({ identifier, password }) => (password === `the password of ${identifier}` ? { sub: identifier } : undefined),
    find: async (sub) => ({ sub, disabled: false }),
  },
})
await curfew.ready()
const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 70_000 }, (request, response) => curfew.node(request, response))
server.listen({ port: setup.port, host: '127.0.0.1', backlog: 8192 }, () => process.send?.({ ready: process.pid }))
process.once('SIGTERM', async () => {
  server.close()
  await curfew.close()
  server.closeAllConnections()
  process.exit(0)
})
process.once('disconnect', () => process.exit(1))
