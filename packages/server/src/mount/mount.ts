import type { Settings } from '../domain/settings.ts'
import { type FetchFrom, fetchHandler } from '../http/fetch.ts'
import type { Handle } from '../http/handle.ts'
import { type NodeListener, nodeListener } from '../http/node.ts'
import type { Logger, Services } from '../use-cases/needs.ts'
import { renew } from '../use-cases/renew.ts'
import { expressMount } from './express.ts'
import { type FastifyPlugin, fastifyMount } from './fastify.ts'
import { type HonoMiddleware, honoMount } from './hono.ts'
import { createProtect, type Protect } from './protect.ts'
import type { ProtectionNeeds, ProtectOptions } from './protection.ts'

/** The ways into an issuer (contract §4). Each answers Curfew's own paths, and passes on everything else. */
export interface Mounted {
  /** `http.createServer(curfew.node)`; with `next`, a Connect middleware. */
  node: NodeListener
  /** For whatever speaks in `Request` and `Response`; say who asks, since a `Request` does not know. */
  fetch(request: Request, from?: FetchFrom): Promise<Response>
  /** `app.use(curfew.express())`, Express 4 and 5, before or after body parsers. */
  express(): NodeListener
  /** `app.register(curfew.fastify())`. */
  fastify(): FastifyPlugin
  /** `app.use(curfew.hono())`. */
  hono(): HonoMiddleware
  /** A middleware for the application's own routes: Bearer tokens, and cookies, which it renews inside the request. */
  protect(options?: ProtectOptions): Protect
}

/** Gives the one handler to the frameworks. */
export function mount(given: {
  readonly handle: Handle
  readonly settings: Settings
  readonly ready: () => Promise<Services>
  readonly verifier: ProtectionNeeds['verifier']
  readonly log: Logger
  /** A new request id. */
  readonly id: () => string
}): Mounted {
  const { handle, settings, ready, verifier, log, id } = given
  const warn = (facts: object, message: string): void => {
    ready().then(
      ({ log }) => log.warn(facts, message),
      () => undefined,
    )
  }
  return {
    node: nodeListener(handle),
    fetch: fetchHandler(handle),
    express: () => expressMount(handle, settings, warn),
    fastify: () => fastifyMount(handle, warn),
    hono: () => honoMount(handle),
    protect: createProtect({ settings, verifier, log, id, renew: async (cookie, address) => renew(cookie, address, await ready()) }),
  }
}
