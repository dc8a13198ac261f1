// The issuer with an API at one origin, and a static page at another, which could be anywhere.
import '@curfew/verifier/express/request' // types req.auth
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createCurfew } from 'curfew'
import express from 'express'

const port = Number(process.env.PORT ?? 3000)
const pagePort = Number(process.env.PAGE_PORT ?? 3001)
const issuer = `http://localhost:${port}`
const page = `http://localhost:${pagePort}`

const curfew = createCurfew({
  issuer,
  audience: `${issuer}/orders`,
  database: process.env.CURFEW_DATABASE ?? 'curfew.db',
  accounts: { signUp: true },
  clients: [
    {
      id: 'shop', // no secret: a page cannot keep one
      name: 'The shop',
      redirectUris: [`${page}/`],
      postLogoutRedirectUris: [`${page}/`],
      origins: [page], // CORS for this page, at the endpoints that it needs
      scopes: ['openid', 'profile', 'orders:read'],
      consent: 'skip', // ours; for somebody else's leave it out, and people are asked
    },
  ],
})

const api = express()
api.use(curfew.express())
// What is the application's own says itself which pages may read it. A Bearer token is not added by a browser, so `*` would do, too.
api.use('/orders', (req, res, next) => {
  res.set({ 'access-control-allow-origin': page, 'access-control-allow-headers': 'authorization', vary: 'origin' })
  if (req.method === 'OPTIONS') return res.status(204).end()
  return next()
})
api.get('/orders', curfew.protect({ scope: 'orders:read' }), (req, res) => res.json({ for: req.auth?.sub, orders: ['a lantern'] }))

const files = express()
files.get('/settings.js', (_req, res) => {
  res.type('js').send(`export const issuer = ${JSON.stringify(issuer)}`)
})
files.use('/oauth4webapi', express.static(dirname(fileURLToPath(import.meta.resolve('oauth4webapi')))))
files.use(express.static(join(import.meta.dirname, 'page')))

const servers = [
  files.listen(pagePort, '127.0.0.1'),
  api.listen(port, '127.0.0.1', (error) => {
    if (error) throw error // Express 5 hands it in where the port is taken
    console.log(`${page} (the issuer: ${issuer})`)
  }),
]

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, async () => {
    for (const server of servers) server.close()
    await curfew.close() // so that after the next start sign-outs confirm at once
    for (const server of servers) server.closeAllConnections()
  })
