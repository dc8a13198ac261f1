// Billing, with Fastify. CURFEW_ISSUER, CURFEW_AUDIENCE and CURFEW_KEY say whom it trusts, PORT where it listens.
import { type Protected, protect } from '@curfew/verifier/fastify'
import Fastify, { type FastifyRequest } from 'fastify'

const app = Fastify({ forceCloseConnections: true })
const signedIn = protect({ scope: 'billing:read' })

app.get('/readyz', (_request, reply) => {
  const state = signedIn.verifier.state()
  return reply.code(state.ready ? 200 : 503).send(state)
})

app.get('/billing', { onRequest: signedIn }, (request: FastifyRequest & Partial<Protected>) => {
  return { for: request.auth?.sub, invoices: [{ no: 19, due: 12.5 }] }
})

await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })

process.on('SIGTERM', async () => {
  await signedIn.verifier.close() // gives the lease back, so that no sign-out waits for this process
  await app.close()
})
