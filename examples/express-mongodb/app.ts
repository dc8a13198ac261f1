// The application's users and data are in MongoDB; Curfew keeps its sessions in a small SQLite file beside it, and no names and passwords.
import '@curfew/verifier/express/request' // types req.auth
import { createCurfew } from 'curfew'
import express, { type ErrorRequestHandler } from 'express'
import { MongoClient } from 'mongodb'
import { openUsers } from './users.ts'

const port = Number(process.env.PORT ?? 3000)
const mongo = await new MongoClient(process.env.MONGODB_URL ?? 'mongodb://localhost:27017').connect()
const db = mongo.db('shop')
const users = await openUsers(db)
const orders = db.collection<{ of: string; what: string }>('orders')

const curfew = createCurfew({
  issuer: `http://localhost:${port}`,
  audience: `http://localhost:${port}/orders`,
  database: process.env.CURFEW_DATABASE ?? 'curfew.db',
  accounts: {
    /** Who is it? Asked at the sign-in. */
    async authenticate({ identifier, password }) {
      const user = await users.byPassword(identifier, password)
      return user && { sub: user._id.toHexString() }
    },
    /** What may they do today? Asked at every sign-in and every refresh; undefined or disabled ends all that they have. */
    async find(sub) {
      const user = await users.byId(sub)
      return user && { sub, name: user.name, disabled: user.blocked, roles: user.roles }
    },
  },
  session: { scopes: ['orders:read', 'orders:write'] },
})

const app = express()
app.use(curfew.express()) // POST /session/sign-in, /session/refresh, /session/sign-out; …
app.use(express.json())

// Signing up is the application's own: the names and passwords are.
app.post('/users', async (req, res) => {
  const { name, password } = req.body ?? {}
  if (typeof name !== 'string' || typeof password !== 'string' || name === '' || password.length < 15 || password.length > 200)
    return res.status(400).json({ error: 'invalid_user', error_description: 'A name, and a password of 15 to 200 characters.' })
  const isNew = await users.add(name, password)
  return res.status(isNew ? 201 : 409).json(isNew ? { name } : { error: 'name_taken' })
})

app.get('/orders', curfew.protect({ scope: 'orders:read' }), async (req, res) => {
  res.json((await orders.find({ of: req.auth?.sub ?? '' }).toArray()).map(({ what }) => what))
})

app.post('/orders', curfew.protect({ scope: 'orders:write' }), async (req, res) => {
  await orders.insertOne({ of: req.auth?.sub ?? '', what: String(req.body?.what ?? '') })
  res.status(201).end()
})

// First change the row, then tell Curfew: whoever signs in in between already gets what is new.
app.put('/users/:name/blocked', curfew.protect({ roles: ['admin'] }), async (req, res) => {
  const id = await users.set(String(req.params.name), { blocked: true })
  if (id === undefined) return res.status(404).end()
  const { confirmed } = await curfew.end({ user: id }) // out, on every device
  return res.json({ confirmed })
})

app.put('/users/:name/roles', curfew.protect({ roles: ['admin'] }), async (req, res) => {
  const roles = Array.isArray(req.body) ? req.body.map(String) : []
  const id = await users.set(String(req.params.name), { roles })
  if (id === undefined) return res.status(404).end()
  await curfew.stale({ user: id }) // nobody is signed out; the next refresh brings the new roles
  return res.json(roles)
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
    await mongo.close()
  })
