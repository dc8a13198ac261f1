import type { Verifier } from '../verifier.ts'
import type { Protected } from './express.ts'
import { type ProtectOptions, protection } from './protection.ts'
import { RefusalError } from './refusal.ts'

export type { Protected } from './express.ts'
export type { ProtectOptions } from './protection.ts'
export { RefusalError } from './refusal.ts'

/** What Fastify gives to a hook, as far as it is needed here. */
type Request = {
  headers: { authorization?: string | undefined; [name: string]: string | string[] | undefined }
  method?: string
  url?: string
  ip?: string
}
type Reply = { headers(values: Record<string, string>): unknown; send(body?: string): unknown }

/** The hook, and the verifier behind it. */
export type Protect<Claims extends object = object> = ((request: Request, reply: Reply) => Promise<void>) & {
  verifier: Verifier<Claims>
  /** An `onRequest` hook of the whole application: answers for this service's RFC 9728 metadata, with `resourceMetadata: true`. */
  metadata: (request: Request, reply: Reply) => Promise<unknown>
}

/** An `onRequest` hook: `request.auth` and `request.verdict` for good tokens, an error with `statusCode` and `code` for others. */
export function protect<Claims extends object = object>(options: ProtectOptions<Claims> = {}): Protect<Claims> {
  const { verifier, judge, metadata: metadataOf } = protection<Claims>(options)
  const hook = async (request: Request, reply: Reply): Promise<void> => {
    const verdict = await judge(request.headers.authorization, () => ({ address: request.ip, headers: request.headers }))
    if (verdict.outcome !== 'accepted') {
      const refusal = new RefusalError(verdict)
      reply.headers({ ...refusal.headers })
      throw refusal
    }
    Object.assign(request, { auth: verdict.claims, verdict } satisfies Protected<Claims>)
  }
  const metadata = async (request: Request, reply: Reply): Promise<unknown> => {
    const answer = metadataOf(request.method, request.url)
    if (answer === undefined) return undefined
    reply.headers({ ...answer.headers })
    return reply.send(answer.body)
  }
  return Object.assign(hook, { verifier, metadata })
}
