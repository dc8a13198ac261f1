import { createCurfew } from 'curfew'

export const port = Number(process.env.PORT ?? 3000)

export const curfew = createCurfew({
  issuer: `http://localhost:${port}`,
  audience: 'https://api.example.com',
  database: process.env.CURFEW_DATABASE ?? 'curfew.db',
  accounts: { signUp: true },
  session: { scopes: ['orders:read'] },
})
