import type { Accepted } from '../verdict.ts'
import type { Verifier } from '../verifier.ts'
import { type ProtectOptions, protection } from './protection.ts'
import { RefusalError } from './refusal.ts'

export type { ProtectOptions } from './protection.ts'

/** What a protected handler gets beside the request: whose token it is, and what the framework knows of the path (`{ params }` of Next.js). */
export type Context<Claims extends object = object, Params = unknown> = {
  auth: Accepted<Claims>['claims']
  verdict: Accepted<Claims>
  params: Params
}

/** Answers a request whose token is good. */
export type Handler<Claims extends object = object, Params = unknown, Asked extends Request = Request> = (
  request: Asked,
  context: Context<Claims, Params>,
) => Response | Promise<Response>

/** Wraps handlers; and the verifier behind it. */
export type Protect<Claims extends object = object> = (<Params = unknown, Asked extends Request = Request>(
  handler: Handler<Claims, Params, Asked>,
) => Protected<Params, Asked>) & {
  verifier: Verifier<Claims>
  /** The answer to a request for this service's RFC 9728 metadata, with `resourceMetadata: true`; undefined for any other. */
  metadata: (request: Request) => Response | undefined
}

/** What a `Request` does not know: who sent it, which tokens that are bound to an address need said. */
type From = { readonly peer?: { readonly address?: string | undefined } | undefined }

/** What is beside a request: it may be left out by whoever has a handler that asks for no params. */
export type Beside<Params = unknown> = unknown extends Params
  ? [beside?: From & { readonly params?: Params }]
  : [beside: From & { readonly params: Params }]

/** A handler that is let be called with anything: what Next.js and the like take as a route's `GET`. */
export type Protected<Params = unknown, Asked extends Request = Request> = (request: Asked, ...beside: Beside<Params>) => Promise<Response>

/** `protect({ scope: 'orders:read' })(handler)` is a handler that only sees requests with a good token; others are answered for it. */
export function protect<Claims extends object = object>(options: ProtectOptions<Claims> = {}): Protect<Claims> {
  const { verifier, judge, metadata: metadataOf } = protection<Claims>(options)
  const wrap =
    <Params, Asked extends Request>(handler: Handler<Claims, Params, Asked>): Protected<Params, Asked> =>
    async (request, ...[beside]) => {
      const whence = () => ({ address: beside?.peer?.address, headers: Object.fromEntries(request.headers) })
      const verdict = await judge(request.headers.get('authorization') ?? undefined, whence)
      if (verdict.outcome !== 'accepted') return new RefusalError(verdict).getResponse()
      return handler(request, { auth: verdict.claims, verdict, params: beside?.params as Params })
    }
  const metadata = (request: Request): Response | undefined => {
    const answer = metadataOf(request.method, new URL(request.url).pathname)
    return answer && new Response(request.method === 'HEAD' ? null : answer.body, { headers: answer.headers })
  }
  return Object.assign(wrap, { verifier, metadata })
}
