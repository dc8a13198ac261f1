// The inbox, with Hono. CURFEW_ISSUER, CURFEW_AUDIENCE and CURFEW_KEY say whom it trusts, PORT where it listens.
import { type ProtectVariables, protect } from '@curfew/verifier/hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const app = new Hono<{ Variables: ProtectVariables }>()
const signedIn = protect({ scope: 'inbox:read' })

app.get('/readyz', (c) => {
  const state = signedIn.verifier.state()
  return c.json(state, state.ready ? 200 : 503)
})

app.use('/inbox', signedIn)
app.get('/inbox', (c) => c.json({ for: c.get('auth').sub, letters: [{ from: 'Grace', subject: 'The lamp' }] }))

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: '127.0.0.1' })

process.on('SIGTERM', async () => {
  await signedIn.verifier.close() // gives the lease back, so that no sign-out waits for this process
  server.close()
  if ('closeAllConnections' in server) server.closeAllConnections()
})
