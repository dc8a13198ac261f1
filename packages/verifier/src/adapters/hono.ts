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
type Context = { req: { header(name: string): string | undefined }; set: any }

/** The middleware, and the verifier behind it. */
export type Protect<Claims extends object = object> = ((context: Context, next: () => Promise<void>) => Promise<void>) & {
  verifier: Verifier<Claims>
}

/** Lets requests with a good token through, with `c.get('auth')` and `c.get('verdict')`; others throw an error that has its own answer. */
export function protect<Claims extends object = object>(options: ProtectOptions<Claims> = {}): Protect<Claims> {
  const { verifier, judge } = protection<Claims>(options)
  const middleware = async (context: Context, next: () => Promise<void>): Promise<void> => {
    const verdict = await judge(context.req.header('authorization'))
    if (verdict.outcome !== 'accepted') throw new RefusalError(verdict)
    context.set('auth', verdict.claims)
    context.set('verdict', verdict)
    await next()
  }
  return Object.assign(middleware, { verifier })
}
