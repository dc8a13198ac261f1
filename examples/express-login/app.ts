// A REST login in one program: sign up, sign in, refresh, sign out, and routes for whoever may. README.md has it with curl.
import '@curfew/verifier/express/request' // types req.auth
import { join } from 'node:path'
import { createCurfew } from 'curfew'
import express, { type ErrorRequestHandler, type Request } from 'express'

const port = Number(process.env.PORT ?? 3000)

const curfew = createCurfew({
  issuer: `http://localhost:${port}`,
  audience: `http://localhost:${port}/notes`,
  database: process.env.CURFEW_DATABASE ?? 'curfew.db', // SQLite; while this runs, `npx curfew who ada` asks it
  accounts: { signUp: true },
  session: { scopes: ['notes:read', 'notes:write'] },
})

const app = express()
app.use(curfew.express()) // POST /sign-up, /session/sign-in, /session/refresh, /session/sign-out; GET /session, /sessions; …
app.use(express.json())
app.use(express.static(join(import.meta.dirname, 'public'))) // a page that does all of it with cookies

const notes = new Map<string, string[]>()
const own = ({ auth }: Request): string[] => {
  const sub = auth?.sub ?? ''
  return notes.get(sub) ?? notes.set(sub, []).get(sub) ?? []
}

// By `Authorization: Bearer …`, or by the cookies of our own page, whose access token is renewed inside the request.
app.get('/notes', curfew.protect({ scope: 'notes:read' }), (req, res) => {
  res.json(own(req))
})

app.post('/notes', curfew.protect({ scope: 'notes:write' }), (req, res) => {
  own(req).push(String(req.body?.text ?? ''))
  res.status(201).json(own(req))
})

// For a role: `npx curfew users roles ada admin`. It holds from the next request on, and so does its end.
app.get('/admin/notes', curfew.protect({ roles: ['admin'] }), (_req, res) => {
  res.json([...notes.values()].flat())
})

// For whoever typed a password in the last five minutes.
app.delete('/notes', curfew.protect({ maxAge: 300 }), (req, res) => {
  own(req).length = 0
  res.status(204).end()
})

// A refusal comes as an error with a status and a code; its headers are on the answer already.
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
