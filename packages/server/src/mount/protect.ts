import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Accepted } from '@curfew/verifier'
import { CurfewError } from '../errors.ts'
import type { FetchFrom } from '../http/fetch.ts'
import { addressIn } from './hono.ts'
import { judged, type Refusal } from './protect-error.ts'
import { createProtection, type ProtectedRequest, type ProtectionNeeds, type ProtectOptions, renewedHeaders } from './protection.ts'

/** What a handler finds on its request, in `c.get`, or beside it. */
export type Protected = { readonly auth: Accepted['claims']; readonly verdict: Accepted }

type Next = (error?: unknown) => void
type FastifyRequest = { readonly method: string; readonly headers: IncomingMessage['headers']; readonly ip?: string }
type FastifyReply = { header(name: string, value: string): unknown; headers(values: Record<string, string>): unknown }
type HonoContext = {
  req: { readonly method: string; readonly raw: Request }
  readonly env?: unknown
  // biome-ignore lint/suspicious/noExplicitAny: Hono's `set` is typed by each application's own variables.
  set: any
  header(name: string, value: string, options?: { append?: boolean }): void
}
type Handler = (request: Request, context: Protected) => Response | Promise<Response>

/** A middleware for Express 4 and 5, and for anything with `(req, res, next)`; and the same for the others. */
export type Protect = ((req: IncomingMessage, res: ServerResponse, next: Next) => void) & {
  /** An `onRequest` or `preHandler` hook: `request.auth`, `request.verdict`; refusals are thrown. */
  readonly fastify: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  /** A middleware: `c.get('auth')`, `c.get('verdict')`; refusals are thrown, and have their own answer. */
  readonly hono: (context: HonoContext, next: () => Promise<void>) => Promise<void>
  /** Wraps a handler, which only sees requests that are let in. */
  readonly fetch: (handler: Handler) => (request: Request, from?: FetchFrom) => Promise<Response>
}

/**
 * Makes `curfew.protect`: for routes of the application that mounts Curfew. Bearer tokens are judged by the verifier in this process; a
 * browser's cookies too, and an access token that is over is renewed inside the request (contract §6).
 */
export function createProtect(needs: ProtectionNeeds): (options?: ProtectOptions) => Protect {
  const protection = createProtection(needs)
  return (options = {}) => {
    const judge = (request: ProtectedRequest) => judged(protection(options)(request))

    const middleware = (req: IncomingMessage, res: ServerResponse, next: Next): void => {
      const problem = wrongForm(req, res, next)
      if (problem) {
        if (typeof next !== 'function') throw problem
        next(problem)
        return
      }
      const conclude = (found: Awaited<ReturnType<typeof judge>>): Refusal | undefined => {
        for (const cookie of found.cookies) res.appendHeader('set-cookie', cookie)
        // On the answer, for error handlers that only look at `status`; in the error, for Express's own.
        const headers = found.refusal ? found.refusal.headers : found.cookies.length > 0 ? renewedHeaders : {}
        for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
        if (!found.refusal) Object.assign(req, toProtected(found.verdict))
        return found.refusal
      }
      judge({ method: req.method ?? 'GET', headers: req.headers as ProtectedRequest['headers'], address: addressOf(req) })
        .then(conclude) // which throws where somebody has answered meanwhile: that is an error of the request, and not the end of the process
        .then(next, next)
    }

    const fastify: Protect['fastify'] = async (request, reply) => {
      const found = await judge({
        method: request.method,
        headers: request.headers as ProtectedRequest['headers'],
        address: request.ip,
      })
      for (const cookie of found.cookies) reply.header('set-cookie', cookie)
      if (found.refusal) {
        reply.headers({ ...found.refusal.headers })
        throw found.refusal
      }
      if (found.cookies.length > 0) reply.headers({ ...renewedHeaders })
      Object.assign(request, toProtected(found.verdict))
    }

    const hono: Protect['hono'] = async (context, next) => {
      const found = await judge(fromRequest(context.req.raw, addressIn(context.env)))
      for (const cookie of found.cookies) context.header('set-cookie', cookie, { append: true })
      if (found.refusal) throw found.refusal
      if (found.cookies.length > 0) for (const [name, value] of Object.entries(renewedHeaders)) context.header(name, value)
      const { auth, verdict } = toProtected(found.verdict)
      context.set('auth', auth)
      context.set('verdict', verdict)
      await next()
    }

    const fetch: Protect['fetch'] = (handler) => async (request, from) => {
      const found = await judge(fromRequest(request, from?.peer?.address))
      const answer = found.refusal ? found.refusal.getResponse() : await handler(request, toProtected(found.verdict))
      if (found.cookies.length === 0) return answer
      const headers = new Headers(answer.headers)
      for (const [name, value] of Object.entries(renewedHeaders)) if (!headers.has(name)) headers.set(name, value)
      for (const cookie of found.cookies) headers.append('set-cookie', cookie)
      return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers })
    }

    return Object.assign(middleware, { fastify, hono, fetch })
  }
}

function toProtected(verdict: { outcome: string }): Protected {
  const accepted = verdict as Accepted
  return { auth: accepted.claims, verdict: accepted }
}

/** Frameworks hand in other things than Node's, and some of them untyped: it is said which form is theirs. */
function wrongForm(req: unknown, res: unknown, next: unknown): CurfewError | undefined {
  const has = (thing: unknown, name: string): boolean => typeof (thing as Record<string, unknown> | undefined)?.[name] === 'function'
  if (has(res, 'setHeader') && has(res, 'appendHeader') && typeof next === 'function') return undefined
  const form = has(res, 'header')
    ? "this is Fastify's reply: use curfew.protect(…).fastify, in NestJS on Fastify await curfew.protect(…).fastify(request, reply)"
    : has(req, 'header') && typeof res === 'function'
      ? "this is Hono's context: use curfew.protect(…).hono"
      : 'Fastify takes curfew.protect(…).fastify, Hono .hono, and handlers of a Request .fetch'
  return new CurfewError(`curfew.protect(…) is a middleware (request, response, next) with Node's request and response; ${form}.`)
}

/** As Express says it, where it does: it may know the proxies before it. */
function addressOf(req: IncomingMessage & { ip?: string | undefined }): string | undefined {
  return req.ip ?? req.socket.remoteAddress
}

function fromRequest(request: Request, address: string | undefined): ProtectedRequest {
  return { method: request.method, headers: Object.fromEntries(request.headers), address }
}
