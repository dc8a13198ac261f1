import { type Curfew, createCurfew } from 'curfew'

const issuer = process.env.CURFEW_ISSUER ?? 'http://localhost:3000'
const held = globalThis as typeof globalThis & { curfew?: Curfew }

/**
 * The one of this process, made when it is first asked for: `next build` loads every file without serving anybody, and Next.js may load this
 * one several times.
 */
export function curfew(): Curfew {
  held.curfew ??= start()
  return held.curfew
}

function start(): Curfew {
  const made = createCurfew({
    issuer,
    audience: 'https://api.example.com',
    database: process.env.CURFEW_DATABASE ?? 'curfew.db',
    basePath: '/auth', // app/auth/[...path]/route.ts
    accounts: { signUp: true },
    session: { scopes: ['orders:read'] },
  })
  // So that after the next start sign-outs confirm at once. `npm start` has Next.js leave the signals to us (NEXT_MANUAL_SIG_HANDLE).
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => made.close().then(() => process.exit()))
  return made
}
