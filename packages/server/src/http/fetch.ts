import type { HttpAnswer } from './answer.ts'
import { MAX_BODY, noBody, tooLarge } from './body.ts'
import type { Handle, Incoming } from './handle.ts'
import { notFound, plainAddress } from './node.ts'
import type { Body } from './request.ts'

/** What a `Request` does not know: who sent it. Limits and address binding need that. */
export type FetchFrom = { readonly peer?: { readonly address?: string | undefined } | undefined }

/** The way in for everything that speaks in `Request` and `Response`. */
export function fetchHandler(handle: Handle): (request: Request, from?: FetchFrom) => Promise<Response> {
  return async (request, from) => toResponse((await handle(fromFetch(request, from))) ?? notFound, request.method)
}

/** A request value over a `Request`. Of its URL only path and query count: the host in it came with the request (MD-5). */
export function fromFetch(request: Request, from: FetchFrom = {}, readBody: Incoming['readBody'] = () => readBounded(request)): Incoming {
  const { pathname, search } = new URL(request.url)
  return {
    method: request.method,
    path: pathname,
    query: search.slice(1),
    headers: Object.assign(Object.create(null), Object.fromEntries(request.headers)),
    peer: { address: plainAddress(from.peer?.address) },
    closed: () => request.signal,
    readBody,
  }
}

async function readBounded(request: Request): Promise<Body> {
  if (!request.body) return noBody
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY) throw tooLarge()
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of request.body) {
    length += part.length
    if (length > MAX_BODY) throw tooLarge() // leaving the loop cancels the rest
    parts.push(part)
  }
  return { kind: 'bytes', bytes: Buffer.concat(parts) }
}

/** The answer as a `Response`; without its body for HEAD. */
export function toResponse(answer: HttpAnswer, method: string): Response {
  const headers = new Headers(answer.headers)
  for (const cookie of answer.cookies ?? []) headers.append('set-cookie', cookie)
  const body = method === 'HEAD' || answer.status === 204 ? null : (answer.body ?? null)
  return new Response(body as ConstructorParameters<typeof Response>[0], { status: answer.status, headers })
}
