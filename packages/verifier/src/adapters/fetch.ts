import type { Accepted } from '../verdict.ts'
import type { Verifier } from '../verifier.ts'
import { type ProtectOptions, protection } from './protection.ts'
import { RefusalError } from './refusal.ts'

export type { ProtectOptions } from './protection.ts'

/** What a protected handler gets beside the request. */
export type Context<Claims extends object = object> = { auth: Accepted<Claims>['claims']; verdict: Accepted<Claims> }

/** Answers a request whose token is good. */
export type Handler<Claims extends object = object> = (request: Request, context: Context<Claims>) => Response | Promise<Response>

/** Wraps handlers; and the verifier behind it. */
export type Protect<Claims extends object = object> = ((handler: Handler<Claims>) => Protected) & {
  verifier: Verifier<Claims>
  /** The answer to a request for this service's RFC 9728 metadata, with `resourceMetadata: true`; undefined for any other. */
  metadata: (request: Request) => Response | undefined
}

/** A handler that is let be called with anything. A `Request` does not know who sent it: tokens that are bound to an address need it said. */
export type Protected = (
  request: Request,
  from?: { readonly peer?: { readonly address?: string | undefined } | undefined },
) => Promise<Response>

/** `protect({ scope: 'orders:read' })(handler)` is a handler that only sees requests with a good token; others are answered for it. */
export function protect<Claims extends object = object>(options: ProtectOptions<Claims> = {}): Protect<Claims> {
  const { verifier, judge, metadata: metadataOf } = protection<Claims>(options)
  const wrap =
    (handler: Handler<Claims>): Protected =>
    async (request, from) => {
      const whence = () => ({ address: from?.peer?.address, headers: Object.fromEntries(request.headers) })
      const verdict = await judge(request.headers.get('authorization') ?? undefined, whence)
      if (verdict.outcome !== 'accepted') return new RefusalError(verdict).getResponse()
      return handler(request, { auth: verdict.claims, verdict })
    }
  const metadata = (request: Request): Response | undefined => {
    const answer = metadataOf(request.method, new URL(request.url).pathname)
    return answer && new Response(request.method === 'HEAD' ? null : answer.body, { headers: answer.headers })
  }
  return Object.assign(wrap, { verifier, metadata })
}
