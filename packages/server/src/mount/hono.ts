import { fromFetch, toResponse } from '../http/fetch.ts'
import type { Handle } from '../http/handle.ts'
import { parsedBody } from '../http/node.ts'

type Context = { readonly req: { readonly raw: Request; arrayBuffer(): Promise<ArrayBuffer> }; readonly env: unknown }

/** A Hono middleware: `app.use(curfew.hono())`. */
export type HonoMiddleware = (context: Context, next: () => Promise<void>) => Promise<Response | undefined>

/** Answers what is ours; everything else goes on. The caller's address comes from what `@hono/node-server` puts into `env`. */
export function honoMount(handle: Handle): HonoMiddleware {
  return async (context, next) => {
    const { req, env } = context
    const incoming = fromFetch(req.raw, { peer: { address: addressIn(env) } })
    // What another middleware has read, Hono keeps.
    const readBody = async () => (req.raw.bodyUsed ? parsedBody(new Uint8Array(await req.arrayBuffer())) : incoming.readBody())
    const answer = await handle({ ...incoming, readBody })
    if (answer) return toResponse(answer, req.raw.method)
    await next()
    return undefined
  }
}

/** The caller's address, as `@hono/node-server` hands it over. */
export function addressIn(env: unknown): string | undefined {
  return (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming?.socket?.remoteAddress
}
