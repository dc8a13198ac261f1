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
export type Protect<Claims extends object = object> = ((handler: Handler<Claims>) => (request: Request) => Promise<Response>) & {
  verifier: Verifier<Claims>
}

/** `protect({ scope: 'orders:read' })(handler)` is a handler that only sees requests with a good token; others are answered for it. */
export function protect<Claims extends object = object>(options: ProtectOptions<Claims> = {}): Protect<Claims> {
  const { verifier, judge } = protection<Claims>(options)
  const wrap = (handler: Handler<Claims>) => async (request: Request) => {
    const verdict = await judge(request.headers.get('authorization') ?? undefined)
    if (verdict.outcome !== 'accepted') return new RefusalError(verdict).getResponse()
    return handler(request, { auth: verdict.claims, verdict })
  }
  return Object.assign(wrap, { verifier })
}
