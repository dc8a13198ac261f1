import type { IncomingMessage, ServerResponse } from 'node:http'
import { OAuthError } from '../errors.ts'
import { type HttpAnswer, noStoreJson } from './answer.ts'
import { MAX_BODY, noBody, tooLarge } from './body.ts'
import type { Handle, Incoming } from './handle.ts'
import type { Body } from './request.ts'

/** Node's request, and what Express, Connect and body parsers put on it. */
export type NodeRequest = IncomingMessage & { originalUrl?: string; ip?: string | undefined; body?: unknown }

/** For `http.createServer`, and as a middleware: with `next`, what is not ours is passed on, unread. */
export type NodeListener = (req: NodeRequest, res: ServerResponse, next?: (error?: unknown) => void) => void

/** The way in from `node:http`. */
export function nodeListener(handle: Handle): NodeListener {
  return (req, res, next) => {
    handle(fromNode(req, res)).then(
      (answer) => {
        if (answer) writeAnswer(answer, req, res)
        else if (next) next()
        else writeAnswer(notFound, req, res)
      },
      (error: unknown) => (next ? next(error) : res.destroy()),
    )
  }
}

/** What is answered to a path that nobody has. */
export const notFound: HttpAnswer = noStoreJson(404, { error: 'not_found', error_description: 'There is nothing at this path.' })

/** A request value over Node's own. `originalUrl`: Express takes the mount path off `url`, and our paths begin at the origin's root. */
export function fromNode(
  req: NodeRequest,
  res: ServerResponse,
  address: string | undefined = req.ip ?? req.socket.remoteAddress,
): Incoming {
  const url = (req.originalUrl ?? req.url ?? '/').replace(/^https?:\/\/[^/?#]*/i, '') // absolute-form, RFC 9112 §3.2.2
  const mark = url.indexOf('?')
  return {
    method: req.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    headers: req.headers as Incoming['headers'],
    peer: { address: plainAddress(address) },
    closed: () => closedSignal(res),
    readBody: () => readBody(req),
  }
}

/** An IPv4 address as people know it, also where a socket for both families hands it over (RFC 4291 §2.5.5.2). */
export function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+(?:\.\d+){3}$)/i, '')
}

function closedSignal(res: ServerResponse): AbortSignal {
  const controller = new AbortController()
  if (res.destroyed) controller.abort()
  else res.once('close', () => res.writableFinished || controller.abort())
  return controller.signal
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

/** A body that a parser of the host application has read is taken from `req.body`; one that nobody has read is read here. */
function readBody(req: NodeRequest): Body | Promise<Body> {
  if (!hasBody(req)) return noBody
  // Express 4 gives every request an empty `body` as soon as one parser is mounted: only what was really read counts.
  if (req.readableDidRead || req.readableEnded) return parsedBody(req.body)
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY) throw tooLarge()
  return new Promise<Body>((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    let isRead = false
    // A request whose body has ended closes like any other: an error is made only for one that was broken off.
    const brokenOff = (): void => {
      if (!isRead) reject(new OAuthError('invalid_request', 'body_aborted'))
    }
    req.on('data', (part: Buffer) => {
      length += part.length
      if (length <= MAX_BODY) return parts.push(part)
      isRead = true
      req.pause()
      reject(tooLarge())
    })
    req.once('end', () => {
      isRead = true
      resolve({ kind: 'bytes', bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts) })
    })
    req.once('error', brokenOff)
    req.once('close', brokenOff)
  })
}

/** Takes what another parser made: texts and bytes as such, objects as they are. */
export function parsedBody(value: unknown): Body {
  if (value === undefined)
    throw new Error('The body was read before Curfew saw it, and req.body is not set. Mount Curfew before what reads it.')
  if (typeof value === 'string') return { kind: 'bytes', bytes: Buffer.from(value) }
  return value instanceof Uint8Array ? { kind: 'bytes', bytes: value } : { kind: 'parsed', value }
}

/** The answer's headers, one by one; with what the body's length and an unread request ask for. */
function headerLines(answer: HttpAnswer, req?: IncomingMessage): [string, string][] {
  const lines = Object.entries(answer.headers)
  for (const cookie of answer.cookies ?? []) lines.push(['set-cookie', cookie])
  if (answer.status !== 204) lines.push(['content-length', String(Buffer.byteLength(answer.body ?? ''))])
  // What is left of a body that was refused is not read: the connection ends with the answer (RFC 9112 §9.6).
  if (req && hasBody(req) && !req.complete && req.httpVersionMajor < 2) lines.push(['connection', 'close'])
  return lines
}

function writeAnswer(answer: HttpAnswer, req: IncomingMessage, res: ServerResponse): void {
  if (res.headersSent || res.destroyed) return
  res.writeHead(answer.status, headerLines(answer, req).flat())
  if (req.method === 'HEAD' || answer.body === undefined) res.end()
  else res.end(answer.body)
}
