import { VerifierSetupError } from '../settings.ts'
import type { Accepted, Verdict } from '../verdict.ts'
import type { Verifier } from '../verifier.ts'
import { type ProtectOptions, protection } from './protection.ts'
import { RefusalError } from './refusal.ts'

export type { ProtectOptions } from './protection.ts'
export { RefusalError } from './refusal.ts'

/** What Express 4 and 5 give to a middleware, as far as it is needed here. */
type Request = {
  headers: { authorization?: string | undefined; [name: string]: string | string[] | undefined }
  method?: string | undefined
  url?: string | undefined
  originalUrl?: string | undefined
  /** Express's, which may know the proxies before it. */
  ip?: string | undefined
  socket?: { remoteAddress?: string | undefined } | undefined
}
type Response = { setHeader(name: string, value: string): unknown; end(body?: string): unknown }
type Next = (error?: unknown) => void

/** What `protect` adds to a request. */
export type Protected<Claims extends object = object> = { auth: Accepted<Claims>['claims']; verdict: Accepted<Claims> }

/** The middleware, and the verifier behind it: for `ready()`, `state()` and `close()`. */
export type Protect<Claims extends object = object> = ((request: Request, response: Response, next: Next) => void) & {
  verifier: Verifier<Claims>
  /** A middleware of its own, before this one: answers for this service's RFC 9728 metadata, with `resourceMetadata: true`. */
  metadata: (request: Request, response: Response, next: Next) => void
}

/** Fastify and Hono hand in other things than Node's. */
const wrongForm =
  'protect(…) of @curfew/verifier/express is a middleware (request, response, next) with the request and response of Node. Fastify takes the one of @curfew/verifier/fastify, Hono that of @curfew/verifier/hono.'

/** Lets requests with a good token through, with `req.auth` (the claims) and `req.verdict`; others go to `next(error)`. */
export function protect<Claims extends object = object>(options: ProtectOptions<Claims> = {}): Protect<Claims> {
  const { verifier, judge, metadata: metadataOf } = protection<Claims>(options)

  const conclude = (verdict: Verdict<Claims>, request: Request, response: Response): RefusalError | undefined => {
    if (verdict.outcome === 'accepted') {
      Object.assign(request, { auth: verdict.claims, verdict } satisfies Protected<Claims>)
      return undefined
    }
    // On the answer, for error handlers that only look at `status`; in the error, for Express's own.
    const refusal = new RefusalError(verdict)
    for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value)
    return refusal
  }

  const middleware = (request: Request, response: Response, next: Next): void => {
    if (typeof next !== 'function') throw new VerifierSetupError(wrongForm)
    if (typeof (response as Partial<Response> | undefined)?.setHeader !== 'function') {
      next(new VerifierSetupError(wrongForm))
      return
    }
    const verdict = judge(request.headers.authorization, () => ({
      address: request.ip ?? request.socket?.remoteAddress,
      headers: request.headers,
    }))
    if (verdict instanceof Promise) verdict.then((late) => conclude(late, request, response)).then(next, next)
    else next(conclude(verdict, request, response))
  }
  const metadata = (request: Request, response: Response, next: Next): void => {
    const answer = metadataOf(request.method, request.originalUrl ?? request.url)
    if (answer === undefined) next()
    else {
      for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
      response.end(request.method === 'HEAD' ? undefined : answer.body)
    }
  }
  return Object.assign(middleware, { verifier, metadata })
}
