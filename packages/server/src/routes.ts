import { end } from './endpoints/admin/end.ts'
import { stale } from './endpoints/admin/stale.ts'
import { alive, ready } from './endpoints/health.ts'
import { password } from './endpoints/session/password.ts'
import { refresh } from './endpoints/session/refresh.ts'
import { session } from './endpoints/session/session.ts'
import { endSession, endSessions, sessions } from './endpoints/session/sessions.ts'
import { signIn } from './endpoints/session/sign-in.ts'
import { signOut } from './endpoints/session/sign-out.ts'
import { signUp } from './endpoints/session/sign-up.ts'
import type { Route } from './http/router.ts'
import type { Services } from './use-cases/needs.ts'

/** What some routes need to be there at all; without it the path is the host application's. */
type Only = 'signUp' | 'ownAccounts' | 'serve'

type Row = Route<Services> & { readonly only?: Only }

/** Every URL on one screen. Paths are below the base path, but for `/.well-known/`. No `cors`: never from another origin (AZ-9). */
// biome-ignore format: one row a line
const table: readonly Row[] = [
  // The session API: the first-party client's own
  { method: 'POST',   path: '/sign-up',          endpoint: signUp,      definedIn: 'contract §5', cors: 'session', only: 'signUp' },
  { method: 'POST',   path: '/session/sign-in',  endpoint: signIn,      definedIn: 'contract §5', cors: 'session' },
  { method: 'GET',    path: '/session',          endpoint: session,     definedIn: 'contract §5', cors: 'session' },
  { method: 'POST',   path: '/session/refresh',  endpoint: refresh,     definedIn: 'contract §5', cors: 'session' },
  { method: 'POST',   path: '/session/sign-out', endpoint: signOut,     definedIn: 'contract §5', cors: 'session' },
  { method: 'GET',    path: '/sessions',         endpoint: sessions,    definedIn: 'contract §5', cors: 'session' },
  { method: 'DELETE', path: '/sessions',         endpoint: endSessions, definedIn: 'contract §5', cors: 'session' },
  { method: 'DELETE', path: '/sessions/{sid}',   endpoint: endSession,  definedIn: 'contract §5', cors: 'session' },
  { method: 'POST',   path: '/password',         endpoint: password,    definedIn: 'contract §5', cors: 'session', only: 'ownAccounts' },

  // OAuth 2.1 and OpenID Connect

  // Pages: what they post to

  // The ledger

  // Operators
  { method: 'POST',   path: '/admin/end',        endpoint: end,         definedIn: 'contract §5' },
  { method: 'POST',   path: '/admin/stale',      endpoint: stale,       definedIn: 'contract §5' },
  { method: 'GET',    path: '/healthz',          endpoint: alive,       definedIn: 'contract §5', only: 'serve' },
  { method: 'GET',    path: '/readyz',           endpoint: ready,       definedIn: 'contract §5', only: 'serve' },
]

/** The routes that are served here. */
export function routes(has: Readonly<Record<Only, boolean>>): readonly Route<Services>[] {
  return table.filter(({ only }) => only === undefined || has[only])
}
