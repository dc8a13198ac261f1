// Express 4, CommonJS. Here it is installed under another name, beside Express 5; yours is 'express'.
const { createCurfew } = require('curfew')
const express = require('express4')

const port = Number(process.env.PORT ?? 3000)

const curfew = createCurfew({
  issuer: `http://localhost:${port}`,
  audience: 'https://api.example.com',
  database: process.env.CURFEW_DATABASE ?? 'curfew.db',
  accounts: { signUp: true },
  session: { scopes: ['orders:read'] },
})

const app = express()
app.use(curfew.express())
app.use(express.json())
app.get('/orders', curfew.protect({ scope: 'orders:read' }), (req, res) => res.json({ for: req.auth.sub, orders: [] }))
app.get('/admin', curfew.protect({ roles: ['admin'] }), (req, res) => res.json({}))
app.post('/orders', curfew.protect({ scope: 'orders:read' }), (req, res) => res.status(201).json(req.body))

// A refusal comes as an error with a status and a code.
app.use((error, req, res, next) => {
  if (typeof error.status !== 'number') return next(error)
  res.status(error.status).json({ error: error.code, error_description: error.message })
})

const server = app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error // Express 5 hands it in where the port is taken; Express 4 throws it
  console.log(`http://localhost:${port}`)
})

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    server.close()
    await curfew.close() // so that after the next start sign-outs confirm at once
    server.closeAllConnections()
  })
