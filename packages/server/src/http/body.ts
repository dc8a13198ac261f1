import { OAuthError } from '../errors.ts'
import type { Body, HttpRequest } from './request.ts'

/** Nothing that Curfew takes is longer; anything longer is 413 before it is read to its end. */
export const MAX_BODY = 65_536

/** How long a body may take to arrive, in milliseconds. */
export const BODY_PATIENCE = 10_000

/** No body at all. */
export const noBody: Body = { kind: 'bytes', bytes: new Uint8Array(0) }

/** The refusal of a body that is too long, for the edges. */
export function tooLarge(): OAuthError {
  return new OAuthError('content_too_large', 'body_too_large', { description: `The body is longer than ${MAX_BODY} bytes.` })
}

/** The refusal of a body that does not come, for the edges. */
export function tooSlow(): OAuthError {
  return new OAuthError('request_timeout', 'body_too_slow', { description: `The body did not arrive within ${BODY_PATIENCE / 1000} s.` })
}

/** Whether there is nothing in the body, whoever has read it. */
export function isEmpty(body: Body): boolean {
  if (body.kind === 'bytes') return body.bytes.length === 0
  const { value } = body
  return value === undefined || value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** The body as text: strict UTF-8, and never compressed, since a small body can hide a large one. */
export function bodyText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new OAuthError('invalid_request', 'body_not_utf8', { description: 'The body is not UTF-8.' })
  }
}

/** Refuses a body of any other media type: what a page of another site can send without being asked is no JSON (BF-4), and JSON is no form (TK-1). */
export function requireMediaType(request: Pick<HttpRequest, 'headers'>, wanted: string): void {
  const [first = ''] = (request.headers['content-type'] ?? '').split(';')
  const type = first.trim().toLowerCase()
  const coding = request.headers['content-encoding']
  const isPlain = coding === undefined || coding.toLowerCase() === 'identity'
  if (type === wanted && isPlain) return
  const description =
    type === wanted ? 'Send the body as it is, without Content-Encoding.' : `Send the body as ${wanted}; it came ${shownType(type)}.`
  throw new OAuthError('unsupported_media_type', 'wrong_media_type', { description })
}

/** Only what is a media type, and short, is repeated (RFC 9110 §8.3.1). */
function shownType(type: string): string {
  if (type === '') return 'without a Content-Type'
  return /^[\w.+-]{1,60}\/[\w.+-]{1,60}$/.test(type) ? `as ${type}` : 'as something else'
}

/** Whether a program sends it: no form of a page can be JSON. */
export function isJson({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return /^application\/json *(?:;|$)/i.test(headers['content-type'] ?? '')
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
