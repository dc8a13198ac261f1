import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Accepted } from '@curfew/verifier'
import { CurfewError } from '../errors.ts'
import type { FetchFrom } from '../http/fetch.ts'
import type { Logger } from '../use-cases/needs.ts'
import { addressIn } from './hono.ts'
import { judged, type Refusal, type Refused } from './protect-error.ts'
import { createProtection, type Judged, type ProtectedRequest, type ProtectionNeeds, type ProtectOptions } from './protection.ts'

/** What a handler finds on its request, in `c.get`, or beside it. */
export type Protected = { readonly auth: Accepted['claims']; readonly verdict: Accepted }

type Next = (error?: unknown) => void
type FastifyRequest = { readonly method: string; readonly headers: IncomingMessage['headers']; readonly ip?: string }
type FastifyReply = {
  header(name: string, value: string): unknown
  headers(values: Record<string, string>): unknown
  hasHeader?(name: string): boolean
}
type HonoContext = {
  req: { readonly method: string; readonly raw: Request }
  readonly env?: unknown
  // biome-ignore lint/suspicious/noExplicitAny: Hono's `set` is typed by each application's own variables.
  set: any
  header(name: string, value: string, options?: { append?: boolean }): void
  readonly res: Response
}

/** A handler of a `Request`. `params` is what the framework handed in beside it: Next.js has `{ params }` there. */
export type FetchHandler<Params = unknown, Asked extends Request = Request> = (
  request: Asked,
  context: Protected & { readonly params: Params },
) => Response | Promise<Response>

/** What is beside a request, who sent it and the path's params; left out by whoever has a handler that asks for no params. */
export type Beside<Params = unknown> = unknown extends Params
  ? [beside?: FetchFrom & { readonly params?: Params }]
  : [beside: FetchFrom & { readonly params: Params }]

/** A middleware for Express 4 and 5, and for anything with `(req, res, next)`; and the same for the others. */
export type Protect = ((req: IncomingMessage, res: ServerResponse, next: Next) => void) & {
  /** An `onRequest` or `preHandler` hook: `request.auth`, `request.verdict`; refusals are thrown. */
  readonly fastify: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  /** A middleware: `c.get('auth')`, `c.get('verdict')`; refusals are thrown, and have their own answer. */
  readonly hono: (context: HonoContext, next: () => Promise<void>) => Promise<void>
  /** Wraps a handler, which only sees requests that are let in. */
  readonly fetch: <Params = unknown, Asked extends Request = Request>(
    handler: FetchHandler<Params, Asked>,
  ) => (request: Asked, ...beside: Beside<Params>) => Promise<Response>
}

/** What refusals are told to, where no error handler of the application hears of them. */
export type ToldRefusals = {
  readonly log: Pick<Logger, 'info' | 'error'>
  /** A new request id. */
  readonly id: () => string
}

/**
 * Makes `curfew.protect`: for routes of the application that mounts Curfew. Bearer tokens are judged by the verifier in this process; a
 * browser's cookies too, and an access token that is over is renewed inside the request (contract §6).
 */
export function createProtect(needs: ProtectionNeeds & ToldRefusals): (options?: ProtectOptions) => Protect {
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
        const { refusal, cookies } = found
        for (const [name, value] of Object.entries(refusal ? refusal.headers : found.headers))
          if (refusal || cookies.length > 0 || !res.hasHeader(name)) res.setHeader(name, value)
        if (!refusal) Object.assign(req, toProtected(found.verdict))
        return refusal
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
      for (const [name, value] of Object.entries(found.headers))
        if (found.cookies.length > 0 || !reply.hasHeader?.(name)) reply.header(name, value)
      Object.assign(request, toProtected(found.verdict))
    }

    const hono: Protect['hono'] = async (context, next) => {
      const found = await judge(fromRequest(context.req.raw, addressIn(context.env)))
      const { cookies, refusal } = found
      for (const cookie of cookies) context.header('set-cookie', cookie, { append: true })
      if (refusal) {
        for (const [name, value] of Object.entries(refusal.headers)) context.header(name, value)
        throw refusal
      }
      const { auth, verdict } = toProtected(found.verdict)
      context.set('auth', auth)
      context.set('verdict', verdict)
      await next()
      // Afterwards: a `Response` that the handler made itself has nothing of what was set before.
      const set = context.res.headers.getSetCookie()
      for (const cookie of cookies) if (!set.includes(cookie)) context.header('set-cookie', cookie, { append: true })
      for (const [name, value] of added(found, context.res.headers)) context.header(name, value)
    }

    const fetch: Protect['fetch'] =
      <Params, Asked extends Request>(handler: FetchHandler<Params, Asked>) =>
      async (request: Asked, ...[beside]: Beside<Params>) => {
        const found = await judge(fromRequest(request, beside?.peer?.address))
        const answer = found.refusal
          ? await answerRefused(found, request.method, needs)
          : await handler(request, { ...toProtected(found.verdict), params: beside?.params as Params })
        const ours = found.refusal ? [] : added(found, answer.headers)
        if (found.cookies.length === 0 && ours.length === 0) return answer
        const headers = new Headers(answer.headers)
        for (const [name, value] of ours) headers.set(name, value)
        for (const cookie of found.cookies) headers.append('set-cookie', cookie)
        return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers })
      }

    return Object.assign(middleware, { fastify, hono, fetch })
  }
}

/** No error handler hears of it: the answer has a request id, by which the log has the reason (LO-1, LO-3). */
async function answerRefused({ refusal, reason }: Refused, method: string, { log, id }: ToldRefusals): Promise<Response> {
  const request_id = id()
  const { status, code: error, headers } = refusal
  const facts = { event: 'guard', method: /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : 'OTHER', status, request_id }
  log[status >= 500 ? 'error' : 'info']({ ...facts, error, reason }, 'request refused')
  const body = (await refusal.getResponse().json()) as object
  return Response.json({ ...body, request_id }, { status, headers })
}

/** An answer that brings a token is for nobody else, whatever the application says of its pages. */
function added({ cookies, headers }: Pick<Judged, 'cookies' | 'headers'>, set: Headers): readonly (readonly [string, string])[] {
  return Object.entries(headers).filter(([name]) => cookies.length > 0 || !set.has(name))
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
