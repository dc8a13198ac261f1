// Orders, with Express. CURFEW_ISSUER, CURFEW_AUDIENCE and CURFEW_KEY say whom it trusts, PORT where it listens.
import { type Protected, protect, RefusalError } from '@curfew/verifier/express'
import express, { type ErrorRequestHandler, type Request } from 'express'

const app = express()
const signedIn = protect({ scope: 'orders:read' })

app.get('/readyz', (_request, response) => {
  const state = signedIn.verifier.state()
  response.status(state.ready ? 200 : 503).json(state)
})

app.use(signedIn) // everything below is for people with a good token

app.get('/orders', (request: Request & Partial<Protected>, response) => {
  response.json({ for: request.auth?.sub, orders: [{ no: 7, what: 'a brass lantern' }] })
})

// A refusal comes as an error with a status; its WWW-Authenticate header is on the answer already.
const refused: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof RefusalError)) return next(error)
  response.status(error.status).json({ error: error.code, error_description: error.message })
}
app.use(refused)

const server = app.listen(Number(process.env.PORT), '127.0.0.1')

process.on('SIGTERM', async () => {
  await signedIn.verifier.close() // gives the lease back, so that no sign-out waits for this process
  server.close()
  server.closeAllConnections()
})
