// Fastify 5, ESM.
import { createCurfew } from 'curfew'
import Fastify from 'fastify'

const port = Number(process.env.PORT ?? 3000)

const curfew = createCurfew({
  issuer: `http://localhost:${port}`,
  audience: 'https://api.example.com',
  database: process.env.CURFEW_DATABASE ?? 'curfew.db',
  accounts: { signUp: true },
  session: { scopes: ['orders:read'] },
})

const app = Fastify({ forceCloseConnections: true })
app.register(curfew.fastify())

const mayRead = { onRequest: curfew.protect({ scope: 'orders:read' }).fastify }
app.get('/orders', mayRead, async (request) => ({ for: request.auth.sub, orders: [] }))
app.get('/admin', { onRequest: curfew.protect({ roles: ['admin'] }).fastify }, async () => ({}))
app.post('/orders', mayRead, async (request, reply) => reply.code(201).send(request.body))

await app.listen({ port, host: '127.0.0.1' })
console.log(`http://localhost:${port}`)

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    await curfew.close() // so that after the next start sign-outs confirm at once
    await app.close()
  })
