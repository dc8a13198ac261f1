import { type Curfew, createCurfew, type Protect, type ProtectOptions } from 'curfew'

const held = globalThis as typeof globalThis & { curfew?: Curfew }

/**
 * The one of this process, made when it is first asked for: `next build` loads every file without serving anybody, and Next.js may load this
 * one several times.
 */
export function curfew(): Curfew {
  held.curfew ??= createCurfew({
    issuer: process.env.CURFEW_ISSUER ?? 'http://localhost:3000',
    audience: 'https://api.example.com',
    database: process.env.CURFEW_DATABASE ?? 'curfew.db',
    basePath: '/auth', // app/auth/[...path]/route.ts
    accounts: { signUp: true },
    session: { scopes: ['orders:read'] },
  })
  return held.curfew
}

/** For route handlers and proxy.ts: `export const GET = protect({ scope: 'orders:read' })((request, { auth, params }) => …)`. */
export const protect =
  (needs: ProtectOptions = {}): Protect['fetch'] =>
  (handler) =>
  (request, ...beside) =>
    curfew().protect(needs).fetch(handler)(request, ...beside)

/** For pages and layouts: who is signed in, or null. `const user = await session(await headers())` */
export async function session(headers: Headers): Promise<{ sub: string; name: string | null } | null> {
  const asked = { headers: { cookie: headers.get('cookie') ?? '' } } // before Curfew is opened: the build knows that such a page is made for each caller
  const answer = await curfew().fetch(new Request('http://localhost/auth/session', asked))
  return answer.ok ? (await answer.json()).user : null
}

/** At the end of the process: instrumentation.ts does it. */
export async function close(): Promise<void> {
  await held.curfew?.close()
}
