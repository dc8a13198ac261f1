import { type JsonProblem, readJson } from '@curfew/verifier/wire'
import { OAuthError } from '../errors.ts'
import { bodyText, isEmpty, requireMediaType } from './body.ts'
import type { HttpRequest } from './request.ts'

/** The members of a JSON object. Unknown ones are ignored; one of the wrong type is `invalid_request` that names it. */
export interface JsonBody {
  text(name: string, longest?: number): string
  optionalText(name: string, longest?: number): string | undefined
  optionalFlag(name: string): boolean | undefined
  /** Exactly one of these members must be there. */
  oneOf<N extends string>(names: readonly N[]): N
  /** The whole, for formats that are read elsewhere. */
  readonly value: Readonly<Record<string, unknown>>
}

/** Reads the body as one JSON object, strictly: no member twice, no depth, and no name that is more than a name. No body is an empty object. */
export function readJsonBody(request: Pick<HttpRequest, 'headers' | 'body'>): JsonBody {
  const { body } = request
  if (isEmpty(body)) return membersOf({})
  requireMediaType(request, 'application/json') // BF-4: a form or text/plain, which needs no preflight, is refused
  if (body.kind === 'parsed') return membersOf(body.value)
  const read = readJson(bodyText(body.bytes), { depth: 8, members: 200 })
  if ('problem' in read) throw new OAuthError('invalid_request', read.problem, { description: problems[read.problem] })
  return membersOf(read.value)
}

const problems: Record<JsonProblem, string> = {
  not_utf8: 'The body is not UTF-8.',
  not_json: 'The body is not JSON.',
  duplicate_member: 'A member of the JSON body came twice.',
  too_deep: 'The JSON body is nested too deeply.',
  too_many_members: 'The JSON body has too many members.',
  number_out_of_range: 'A number in the JSON body is out of range.',
  lone_surrogate: 'The JSON body holds half a character.',
}

function membersOf(given: unknown): JsonBody {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw wrong('body_no_object', 'The body must be a JSON object.')
  const value = given as Readonly<Record<string, unknown>>
  // Own members only: `toString` and `__proto__` are names like others.
  const member = (name: string): unknown => (Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined)
  const optionalText = (name: string, longest = 1024): string | undefined => {
    const text = member(name)
    if (text === undefined) return undefined
    if (typeof text !== 'string') throw wrong(`${name}_no_text`, `${name} must be a string.`)
    if (text.length > longest) throw wrong(`${name}_too_long`, `${name} is longer than ${longest} characters.`)
    return text
  }
  return {
    value,
    optionalText,
    text(name, longest) {
      const text = optionalText(name, longest)
      if (text === undefined || text === '') throw wrong(`missing_${name}`, `${name} is missing.`)
      return text
    },
    optionalFlag(name) {
      const flag = member(name)
      if (flag !== undefined && typeof flag !== 'boolean') throw wrong(`${name}_no_flag`, `${name} must be true or false.`)
      return flag
    },
    oneOf(names) {
      const [first, ...others] = names.filter((name) => member(name) !== undefined)
      if (first === undefined || others.length > 0) throw wrong('not_one_of', `Give exactly one of ${names.join(', ')}.`)
      return first
    },
  }
}

function wrong(reason: string, description: string): OAuthError {
  return new OAuthError('invalid_request', reason, { description })
}
