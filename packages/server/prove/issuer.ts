import { createServer } from 'node:http'
import { createCurfew } from 'curfew'
import type { IssuerSetup } from './setup.ts'

/** The issuer as a process of its own: the product, over `node:http`, on a real file. Ends on SIGTERM with a clean stop (R1). */
const setup = JSON.parse(process.env.PROVE_SETUP ?? '{}') as IssuerSetup
const curfew = createCurfew({ ...setup.options, serve: { health: true } })
await curfew.ready()
const server = createServer({ keepAliveTimeout: 65_000, headersTimeout: 70_000 }, (request, response) => curfew.node(request, response))
server.listen(setup.port, '127.0.0.1', () => process.send?.({ ready: process.pid }))
process.once('SIGTERM', async () => {
  server.close()
  await curfew.close()
  server.closeAllConnections()
  process.exit(0)
})
// The harness is gone: so are we.
process.once('disconnect', () => process.exit(1))
