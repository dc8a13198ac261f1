// A service of its own, in CommonJS, with Express 4: it trusts the issuer that CURFEW_ISSUER, CURFEW_AUDIENCE and CURFEW_KEY name.
const { protect } = require('@curfew/verifier/express')
const express = require('express4')

const app = express()
const signedIn = protect({ scope: 'orders:read' })
app.get('/orders', signedIn, (req, res) => res.json({ for: req.auth.sub, orders: [] }))

const server = app.listen(Number(process.env.PORT), '127.0.0.1', (error) => {
  if (error) throw error // Express 5 hands it in where the port is taken; Express 4 throws it
  console.log(`http://localhost:${server.address().port}`)
})

process.once('SIGTERM', async () => {
  await signedIn.verifier.close() // gives the lease back, so that no sign-out waits for this process
  server.close()
  server.closeAllConnections()
})
