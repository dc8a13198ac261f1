// Hono on Node, ESM.
import { serve } from '@hono/node-server'
import { createCurfew } from 'curfew'
import { Hono } from 'hono'

const port = Number(process.env.PORT ?? 3000)

const curfew = createCurfew({
  issuer: `http://localhost:${port}`,
  audience: 'https://api.example.com',
  database: process.env.CURFEW_DATABASE ?? 'curfew.db',
  accounts: { signUp: true },
  session: { scopes: ['orders:read'] },
})

const app = new Hono()
app.use(curfew.hono())

const mayRead = curfew.protect({ scope: 'orders:read' }).hono
app.get('/orders', mayRead, (c) => c.json({ for: c.get('auth').sub, orders: [] }))
app.get('/admin', curfew.protect({ roles: ['admin'] }).hono, (c) => c.json({}))
app.post('/orders', mayRead, async (c) => c.json(await c.req.json(), 201))

const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, () => console.log(`http://localhost:${port}`))

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    server.close()
    await curfew.close() // so that after the next start sign-outs confirm at once
    server.closeAllConnections()
  })
