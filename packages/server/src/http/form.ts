import { OAuthError } from '../errors.ts'
import { bodyText, isEmpty, requireMediaType } from './body.ts'
import type { HttpRequest } from './request.ts'

/** The parameters of a request. Unknown ones are ignored, and an empty one is an absent one (OAuth 2.1 §3.1, AZ-6). */
export interface Form {
  /** The value; where there is none, `invalid_request` that names it. */
  required(name: string): string
  optional(name: string): string | undefined
  /** Parameters that came more than once. `readForm` and `readQuery` have refused them; `readParameters` leaves that to its caller. */
  readonly repeated: readonly string[]
}

/** The body as application/x-www-form-urlencoded; no other type is read (TK-1), and no parameter may come twice (AZ-6). */
export function readForm(request: Pick<HttpRequest, 'headers' | 'body'>): Form {
  return refuseRepeated(looseForm(request))
}

/** The query, under the same rules. */
export function readQuery(request: Pick<HttpRequest, 'query'>): Form {
  return refuseRepeated(formOf(new URLSearchParams(request.query)))
}

/**
 * Query of a GET, form of a POST (AZ-13). A parameter that came twice is refused when it is asked for, and is in `repeated`: an
 * authorization endpoint must first know whether it may tell the client by redirect.
 */
export function readParameters(request: Pick<HttpRequest, 'method' | 'query' | 'headers' | 'body'>): Form {
  return request.method === 'POST' ? looseForm(request) : formOf(new URLSearchParams(request.query))
}

function looseForm(request: Pick<HttpRequest, 'headers' | 'body'>): Form {
  if (isEmpty(request.body)) return formOf([])
  requireMediaType(request, 'application/x-www-form-urlencoded')
  if (request.body.kind === 'bytes') return formOf(new URLSearchParams(bodyText(request.body.bytes)))
  return formOf(parsedPairs(request.body.value))
}

/** What a parser of the host application has made: texts, and lists where a parameter came twice. */
function* parsedPairs(value: unknown): Iterable<[string, string]> {
  if (typeof value === 'string') return yield* new URLSearchParams(value)
  if (typeof value !== 'object' || value === null) throw unreadable()
  for (const [name, one] of value instanceof URLSearchParams ? value : Object.entries(value)) {
    for (const each of Array.isArray(one) ? one : [one]) if (typeof each === 'string') yield [name, each] // `a[b]=c` is no parameter of ours
  }
}

function formOf(pairs: Iterable<[string, string]>): Form {
  const values = new Map<string, string>()
  const repeated: string[] = []
  for (const [name, value] of pairs) {
    if (values.has(name)) repeated.push(name)
    else values.set(name, value)
  }
  const optional = (name: string): string | undefined => {
    if (repeated.includes(name)) throw twice(name)
    return values.get(name) || undefined
  }
  const required = (name: string): string => {
    const value = optional(name)
    if (value === undefined) {
      throw new OAuthError('invalid_request', `missing_${name}`, { description: `The parameter ${name} is missing.` })
    }
    return value
  }
  return { required, optional, repeated }
}

function refuseRepeated(form: Form): Form {
  const [name] = form.repeated
  if (name !== undefined) throw twice(name)
  return form
}

function twice(name: string): OAuthError {
  // The name came from outside: only one that looks like a parameter's is repeated in an answer.
  const shown = /^[a-z_]{1,40}$/.test(name) ? `The parameter ${name}` : 'A parameter'
  return new OAuthError('invalid_request', 'repeated_parameter', { description: `${shown} came more than once.` })
}

function unreadable(): OAuthError {
  return new OAuthError('invalid_request', 'body_unreadable', { description: 'The body is no form.' })
}
