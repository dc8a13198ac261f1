import type { Accepted } from '../verdict.ts'
import type { Verifier } from '../verifier.ts'
import { type ProtectOptions, protection } from './protection.ts'
import { RefusalError } from './refusal.ts'

export type { ProtectOptions } from './protection.ts'
export { RefusalError } from './refusal.ts'

/** What `c.get` knows: `new Hono<{ Variables: ProtectVariables }>()`. */
export type ProtectVariables<Claims extends object = object> = { auth: Accepted<Claims>['claims']; verdict: Accepted<Claims> }

/** What Hono gives to a middleware, as far as it is needed here. */
// biome-ignore lint/suspicious/noExplicitAny: Hono's `set` is typed by each application's own variables.
type Context = { req: { header(name: string): string | undefined; method?: string; path?: string }; set: any; env?: unknown }

/** The middleware, and the verifier behind it. */
export type Protect<Claims extends object = object> = ((context: Context, next: () => Promise<void>) => Promise<void>) & {
  verifier: Verifier<Claims>
  /** A middleware of its own: answers for this service's RFC 9728 metadata, with `resourceMetadata: true`. */
  metadata: (context: Context, next: () => Promise<void>) => Promise<Response | undefined>
}

/** Lets requests with a good token through, with `c.get('auth')` and `c.get('verdict')`; others throw an error that has its own answer. */
export function protect<Claims extends object = object>(options: ProtectOptions<Claims> = {}): Protect<Claims> {
  const { verifier, judge, metadata: metadataOf } = protection<Claims>(options)
  const middleware = async (context: Context, next: () => Promise<void>): Promise<void> => {
    const whence = () => ({
      address: addressIn(context.env),
      headers: { 'x-forwarded-for': context.req.header('x-forwarded-for'), forwarded: context.req.header('forwarded') },
    })
    const verdict = await judge(context.req.header('authorization'), whence)
    if (verdict.outcome !== 'accepted') throw new RefusalError(verdict)
    context.set('auth', verdict.claims)
    context.set('verdict', verdict)
    await next()
  }
  const metadata = async (context: Context, next: () => Promise<void>): Promise<Response | undefined> => {
    const answer = metadataOf(context.req.method, context.req.path)
    if (answer) return new Response(context.req.method === 'HEAD' ? null : answer.body, { headers: answer.headers })
    await next()
    return undefined
  }
  return Object.assign(middleware, { verifier, metadata })
}

/** The caller's address, as `@hono/node-server` hands it over. */
function addressIn(env: unknown): string | undefined {
  return (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming?.socket?.remoteAddress
}
