import { decodeUtf8 } from './utf8.ts'

/** Why a text was not taken as JSON. */
export type JsonProblem =
  | 'not_utf8'
  | 'not_json'
  | 'duplicate_member'
  | 'too_deep'
  | 'too_many_members'
  | 'number_out_of_range'
  | 'lone_surrogate'

/** How much JSON is read before giving up: levels of nesting, and members and elements in all. */
export type JsonLimits = { depth?: number; members?: number }

type Reading = { text: string; at: number; members: number; depth: number; problem: JsonProblem | undefined }

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const escapes: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/**
 * Reads JSON strictly. A member that occurs twice is refused, also when one of the two is escaped (RFC 7515 §4, RFC 7519 §4: parsers
 * that keep the first and parsers that keep the last would see two tokens); objects have no prototype, so `__proto__` is a plain name.
 */
export function readJson(source: Uint8Array | string, limits: JsonLimits = {}): { value: unknown } | { problem: JsonProblem } {
  const text = typeof source === 'string' ? source : decodeUtf8(source)
  if (text === undefined) return { problem: 'not_utf8' }
  if (typeof source === 'string' && !text.isWellFormed()) return { problem: 'lone_surrogate' }
  const reading: Reading = { text, at: 0, members: limits.members ?? 1000, depth: limits.depth ?? 32, problem: undefined }
  skipSpace(reading)
  const value = readValue(reading, 0)
  skipSpace(reading)
  if (reading.problem === undefined && reading.at !== text.length) reading.problem = 'not_json'
  return reading.problem === undefined ? { value } : { problem: reading.problem }
}

function fail(reading: Reading, problem: JsonProblem): undefined {
  reading.problem ??= problem
  return undefined
}

function skipSpace(reading: Reading): void {
  for (;;) {
    const code = reading.text.charCodeAt(reading.at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
    reading.at++
  }
}

function readValue(reading: Reading, depth: number): unknown {
  switch (reading.text[reading.at]) {
    case '{':
      return depth < reading.depth ? readObject(reading, depth + 1) : fail(reading, 'too_deep')
    case '[':
      return depth < reading.depth ? readArray(reading, depth + 1) : fail(reading, 'too_deep')
    case '"':
      return readString(reading)
    case 't':
      return readWord(reading, 'true', true)
    case 'f':
      return readWord(reading, 'false', false)
    case 'n':
      return readWord(reading, 'null', null)
    default:
      return readNumber(reading)
  }
}

function readWord(reading: Reading, word: string, value: unknown): unknown {
  if (!reading.text.startsWith(word, reading.at)) return fail(reading, 'not_json')
  reading.at += word.length
  return value
}

function readNumber(reading: Reading): unknown {
  number.lastIndex = reading.at
  const found = number.exec(reading.text)?.[0]
  if (found === undefined) return fail(reading, 'not_json')
  reading.at += found.length
  const value = Number(found)
  return Number.isFinite(value) ? value : fail(reading, 'number_out_of_range')
}

function readString(reading: Reading): string | undefined {
  const { text } = reading
  let start = ++reading.at
  let value = ''
  let escaped = false
  for (;;) {
    const code = text.charCodeAt(reading.at)
    if (code === 0x22) break
    if (!(code >= 0x20)) return fail(reading, 'not_json') // a control character, or NaN: the end
    if (code !== 0x5c) {
      reading.at++
      continue
    }
    escaped = true
    value += text.slice(start, reading.at)
    const letter = text[reading.at + 1] ?? ''
    if (letter === 'u') {
      const hex = text.slice(reading.at + 2, reading.at + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) return fail(reading, 'not_json')
      value += String.fromCharCode(Number.parseInt(hex, 16))
      reading.at += 6
    } else {
      if (!Object.hasOwn(escapes, letter)) return fail(reading, 'not_json')
      value += escapes[letter]
      reading.at += 2
    }
    start = reading.at
  }
  value += text.slice(start, reading.at++)
  return escaped && !value.isWellFormed() ? fail(reading, 'lone_surrogate') : value
}

function readObject(reading: Reading, depth: number): unknown {
  const object: Record<string, unknown> = Object.create(null)
  if (opensAndCloses(reading, '}')) return object
  for (;;) {
    if (reading.text[reading.at] !== '"') return fail(reading, 'not_json')
    const name = readString(reading)
    if (name === undefined) return undefined
    if (name in object) return fail(reading, 'duplicate_member')
    skipSpace(reading)
    if (reading.text[reading.at++] !== ':') return fail(reading, 'not_json')
    skipSpace(reading)
    object[name] = readValue(reading, depth)
    const more = hasMore(reading, '}')
    if (more === undefined) return undefined
    if (!more) return object
  }
}

function readArray(reading: Reading, depth: number): unknown {
  const array: unknown[] = []
  if (opensAndCloses(reading, ']')) return array
  for (;;) {
    array.push(readValue(reading, depth))
    const more = hasMore(reading, ']')
    if (more === undefined) return undefined
    if (!more) return array
  }
}

function opensAndCloses(reading: Reading, close: string): boolean {
  reading.at++
  skipSpace(reading)
  if (reading.text[reading.at] !== close) return false
  reading.at++
  return true
}

/** After a member: true at a comma, false at the end, undefined where the text went wrong. */
function hasMore(reading: Reading, close: string): boolean | undefined {
  if (reading.problem !== undefined) return undefined
  if (--reading.members < 0) return fail(reading, 'too_many_members')
  skipSpace(reading)
  const next = reading.text[reading.at++]
  if (next === close) return false
  if (next !== ',') return fail(reading, 'not_json')
  skipSpace(reading)
  return true
}
