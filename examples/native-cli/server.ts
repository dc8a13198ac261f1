// The issuer, and the API that the command line speaks to.
import '@curfew/verifier/express/request' // types req.auth
import { createCurfew } from 'curfew'
import express from 'express'

const port = Number(process.env.PORT ?? 3000)

const curfew = createCurfew({
  issuer: `http://localhost:${port}`,
  audience: `http://localhost:${port}/orders`,
  database: process.env.CURFEW_DATABASE ?? 'curfew.db',
  accounts: { signUp: true },
  clients: [
    {
      id: 'orders-cli', // no secret: whoever has the program could read it
      name: 'Orders on the command line',
      redirectUris: ['http://127.0.0.1/callback'], // whatever port it gets (RFC 8252 §7.3)
      scopes: ['openid', 'orders:read', 'offline_access'],
    },
  ],
})

const app = express()
app.use(curfew.express())
app.get('/orders', curfew.protect({ scope: 'orders:read' }), (req, res) => res.json({ for: req.auth?.sub, orders: ['a lantern'] }))

const server = app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error // Express 5 hands it in where the port is taken
  console.log(`http://localhost:${port}`)
})

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    server.close()
    await curfew.close() // so that after the next start sign-outs confirm at once
    server.closeAllConnections()
  })
