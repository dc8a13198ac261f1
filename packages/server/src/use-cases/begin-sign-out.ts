import type { Client } from '../domain/client.ts'
import { withParameters } from '../domain/redirect-uri.ts'
import { isLive, type Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'
import { hashSecret } from './hash-secret.ts'
import { identify } from './identify.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'signer' | 'directory'> & Parameters<typeof identify>[1]

/** What a browser showed: the cookie of its session, and the access token that it keeps beside it. */
export interface ShownCookies {
  readonly session: string | undefined
  readonly access: string | undefined
}

/** What a client sends somebody to the sign-out with. OpenID Connect RP-Initiated Logout 1.0 §2. */
export interface SignOutRequest {
  readonly idTokenHint?: string | undefined
  readonly clientId?: string | undefined
  readonly postLogoutRedirectUri?: string | undefined
  readonly state?: string | undefined
}

/** What comes next. `back`: where the client wants the person, exact and registered, with its `state` (ES-3). */
export type SignOutStep = {
  readonly client?: Client
  readonly back?: string
} /** `isTheirs`: the browser showed the cookie of that session; else it may be the client itself that asks. */ & (
  | { readonly outcome: 'end'; readonly sid: string; readonly isTheirs: boolean }
  | {
      readonly outcome: 'ask'
      readonly session: Session
      readonly user: User
      readonly devices: number
      readonly services: readonly string[]
    }
  /** `hinted`: the client proved with an ID token that it knows whom it is about. */
  | { readonly outcome: 'nobody'; readonly hinted: boolean }
)

/**
 * Says whether a sign-out may go ahead, has to be asked for, or has nothing to end. An ID token of ours for the very session is the client's
 * word that this is wanted; without one, or with one of another session, the person is asked (§2, §6; ES-2, ES-5).
 */
export async function beginSignOut(request: SignOutRequest, cookies: ShownCookies, needs: Needs): Promise<SignOutStep> {
  const { store, signer, directory } = needs
  const open = () => (request.idTokenHint === undefined ? undefined : signer.openIdToken(request.idTokenHint)) // expired is fine
  const hint = open() ?? ((await signer.learn?.()) ? open() : undefined)
  const named = typeof hint?.aud === 'string' ? hint.aud : undefined
  const fits = named !== undefined && (request.clientId === undefined || request.clientId === named) // §2: the two must agree
  const client = await known(fits ? named : request.clientId, needs)
  const going = { ...(client && { client }), ...back(request, client) }

  const rows = await shown(cookies, needs)
  const session = rows?.isLive ? rows.session : undefined
  const hinted = fits && client !== undefined && typeof hint?.sid === 'string' ? { sid: hint.sid, sub: hint.sub } : undefined
  if (!rows || !session) {
    // The browser does not know it any more, or keeps its cookie from a POST of another site: what the hint names still ends.
    const sid = hinted && (await store.lists.session(hinted.sid)) ? hinted.sid : undefined
    if (sid === undefined) return { outcome: 'nobody', hinted: hinted !== undefined, ...going }
    return { outcome: 'end', sid, isTheirs: rows?.session.sid === sid, ...going }
  }
  if (hinted && hinted.sid === session.sid && hinted.sub === session.sub)
    return { outcome: 'end', sid: session.sid, isTheirs: true, ...going }
  const [sessions, services] = await Promise.all([store.lists.sessions(session.sub), directory.all()])
  // Those with a key are services to a person; `app` and `curfew` are this process itself.
  const names = services.filter((one) => one.public && one.checks !== 'none' && one.secret !== undefined).map(({ id }) => id)
  return { outcome: 'ask', session, user: rows.user, devices: sessions.length, services: names, ...going }
}

/** Whose session a browser has. Its cookie may be the one of before a fresh sign-in whose answer got lost: then its access token names it (S3). */
async function shown(
  { session: cookie, access }: ShownCookies,
  needs: Needs,
): Promise<{ readonly session: Session; readonly user: User; readonly isLive: boolean } | undefined> {
  if (cookie !== undefined) {
    const { rows, at } = await needs.store.begin({ kind: 'browser', cookie: hashSecret(cookie) })
    if (rows) return { ...rows, isLive: isLive(rows.session, { user: rows.user.cut, issuer: rows.issuer.cut }, at.now) }
  }
  const named = access === undefined ? undefined : await identify({ bearer: access }, needs)
  return named?.session && { user: named.user, session: named.session, isLive: true }
}

async function known(clientId: string | undefined, { store }: Needs): Promise<Client | undefined> {
  if (clientId === undefined) return undefined
  const { rows } = await store.begin({ kind: 'client', id: clientId })
  return rows.client?.disabled ? undefined : rows.client
}

/** Exact match, and never without a client that the address belongs to (§3). */
function back({ postLogoutRedirectUri: uri, state }: SignOutRequest, client: Client | undefined): { back?: string } {
  if (uri === undefined || !client?.postLogoutRedirectUris.includes(uri)) return {}
  const echoed = state?.isWellFormed() && state.length <= 2048 ? state : undefined
  return { back: withParameters(uri, { state: echoed }) }
}
