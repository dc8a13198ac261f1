// The service that is tested. In production nothing is handed in: CURFEW_ISSUER, CURFEW_AUDIENCE and CURFEW_KEY say whom it trusts.
import { protect } from '@curfew/verifier/express'
import express from 'express'

export function makeApp(trust = {}) {
  const app = express()
  app.get('/orders', protect({ scope: 'orders:read', ...trust }), (req, res) => res.json({ for: req.auth.sub }))
  app.delete('/orders', protect({ roles: ['admin'], maxAge: 300, ...trust }), (req, res) => res.status(204).end())
  app.use((error, req, res, next) => {
    if (typeof error.status !== 'number') return next(error)
    res.status(error.status).json({ error: error.code })
  })
  return app
}
