import type { RequestFacts, Verdict, Verifier } from '@curfew/verifier'
import { callerAddress } from '@curfew/verifier/wire'
import type { Settings } from '../domain/settings.ts'
import { readCookie, setCookie } from '../http/cookies.ts'
import { requireOwnPage, requireOwnSocket } from '../http/csrf.ts'
import type { HttpRequest } from '../http/request.ts'
import type { Renewed } from '../use-cases/renew.ts'

/** What a request must have besides a good token; and for which of the two audiences of this process, the configured one if it is not said. */
export type ProtectOptions = Pick<RequestFacts, 'scope' | 'roles' | 'user' | 'maxAge'> & { readonly audience?: string }

/** What is known about a request, whatever the framework. */
export type ProtectedRequest = { readonly method: string; readonly headers: HttpRequest['headers']; readonly address: string | undefined }

/** The verdict, the cookies that the answer must set, and the headers that it has unless the application says otherwise. */
export type Judged = { readonly verdict: Verdict; readonly cookies: readonly string[]; readonly headers: Readonly<Record<string, string>> }

/** What protection is made from. */
export type ProtectionNeeds = {
  readonly settings: Pick<Settings, 'loopback' | 'origin' | 'origins' | 'proxies'>
  /** A fresh access token for the browser's session cookie, with today's rights. */
  readonly renew: (cookie: string, address: string | undefined) => Promise<Pick<Renewed, 'access'>>
  readonly verifier: (of?: { audience?: string }) => Verifier
}

/** Decides about requests of the application that mounts Curfew: by Bearer token, or by the browser's cookies, whose access token it renews. */
export function createProtection({
  settings,
  renew,
  verifier,
}: ProtectionNeeds): (options: ProtectOptions) => (request: ProtectedRequest) => Promise<Judged> {
  /** One renewal at a time for a browser: parallel requests share it, and all get the same token. */
  const renewing = new Map<string, ReturnType<typeof renew>>()

  function renewOnce(cookie: string, address: string | undefined): ReturnType<typeof renew> {
    const key = `${cookie} ${address}` // whether it may be renewed depends on where it is asked for
    const under = renewing.get(key)
    if (under) return under
    const made = renew(cookie, address)
    renewing.set(key, made)
    const forget = (): void => void renewing.delete(key)
    made.then(forget, forget)
    return made
  }

  return ({ audience, ...needed }) => {
    const judge = verifier(audience === undefined ? {} : { audience })
    const verify = async (facts: RequestFacts): Promise<Verdict> => judge.verifySync(facts) ?? judge.verify(facts)

    return async (request) => {
      const { authorization } = request.headers
      const address = callerAddress(request.address, request.headers, settings.proxies)
      const facts = { ...needed, address }
      // No browser adds a Bearer token by itself: these need no CSRF proof. Another scheme is somebody else's, a proxy's password perhaps.
      if (/^Bearer(?: |$)/i.test(authorization ?? ''))
        return { verdict: await verify({ ...facts, authorization }), cookies: [], headers: {} }

      const token = readCookie(request, 'access', settings)
      const session = readCookie(request, 'session', settings)
      if (token === undefined && session === undefined) return { verdict: await verify(facts), cookies: [], headers: {} }
      if (isSocket(request)) requireOwnSocket(request, settings)
      else if (!isSafe(request.method)) requireOwnPage(request, settings) // contract §6

      if (token !== undefined) {
        const verdict = await verify({ ...facts, token })
        if (session === undefined || !isOver(verdict)) return { verdict, cookies: [], headers: privately }
      }
      // Expired, stale, or gone: the session may live on, and the rights are read again (P5, P6). The verifier has the last word on the
      // new token, too: a renewal that was begun before a sign-out may be shared by a request that comes after it (V1).
      const { access } = await renewOnce(session!, address)
      const verdict = await verify({ ...facts, token: access.token })
      return { verdict, cookies: [setCookie('access', access.token, settings, access.expiresIn)], headers: privately }
    }
  }
}

/**
 * Of an answer to whoever came with cookies: it is for them alone. Caches leave an answer to an Authorization header alone by themselves
 * (RFC 9111 §3.5), and know nothing of cookies.
 */
const privately: Readonly<Record<string, string>> = { 'cache-control': 'private, no-store' }

/** RFC 9110 §9.2.1. */
function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** RFC 6455 §4.1: a GET, and what it opens is written to as well. */
function isSocket({ headers }: ProtectedRequest): boolean {
  return /\bwebsocket\b/i.test(headers.upgrade ?? '')
}

/** The token is over; not: it is good, but lacks a right, or nothing can be said about it now. */
function isOver(verdict: Verdict): boolean {
  return verdict.outcome === 'refused' && verdict.code === 'invalid_token'
}
