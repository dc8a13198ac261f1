// The application's server: Curfew, its own routes, and the built page, at one origin.
import '@curfew/verifier/express/request' // types req.auth
import { join } from 'node:path'
import { createCurfew } from 'curfew'
import express, { type ErrorRequestHandler, type Request } from 'express'

const port = Number(process.env.PORT ?? 3000)

const curfew = createCurfew({
  issuer: `http://localhost:${port}`,
  audience: `http://localhost:${port}/notes`,
  database: process.env.CURFEW_DATABASE ?? 'curfew.db',
  accounts: { signUp: true },
  session: { scopes: ['notes'] },
})

const app = express()
app.use(curfew.express())
app.use(express.json())
app.use(express.static(join(import.meta.dirname, 'dist')))

const notes = new Map<string, string[]>()
const own = ({ auth }: Request): string[] => {
  const sub = auth?.sub ?? ''
  return notes.get(sub) ?? notes.set(sub, []).get(sub) ?? []
}
app.get('/notes', curfew.protect({ scope: 'notes' }), (req, res) => res.json(own(req)))
app.post('/notes', curfew.protect({ scope: 'notes' }), (req, res) => {
  own(req).push(String(req.body?.text ?? ''))
  res.status(201).json(own(req))
})

const refused: ErrorRequestHandler = (error, _req, res, next) => {
  if (typeof error.status !== 'number') return next(error)
  res.status(error.status).json({ error: error.code, error_description: error.message })
}
app.use(refused)

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
