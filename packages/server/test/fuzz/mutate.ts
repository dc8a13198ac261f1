import type { Chance } from './chance.ts'
import type { Shape } from './good-requests.ts'

type Fields = [string, unknown][]

/** Fields whose text is shown again, stored or sent back by design: no secret is put there. */
const shown = new Set([
  'identifier',
  'name',
  'mail',
  'device_name',
  'state',
  'login_hint',
  'id_token_hint',
  'redirect_uri',
  'scope',
  'nonce',
  'device',
])

const texts = [
  '',
  ' ',
  '\0',
  '\r\nset-cookie: x=1',
  '%00',
  '%zz',
  '../..',
  '{}',
  '[]',
  'null',
  '__proto__',
  'é',
  '\ud800',
  '\ufeff',
  '💥',
  '-1',
  '1e999',
  "' OR 1=1 --",
  '<script>',
  '{{7*7}}',
  'A'.repeat(22),
  'A'.repeat(43),
  'none',
  'eyJhbGciOiJub25lIn0.e30.',
] as const
const values: readonly unknown[] = [null, true, 0, -1, 1.5, 2 ** 53, [], ['a'], {}, { toString: 1 }, [[[[]]]], ...texts]
const names = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'token',
  'resource',
  'scope',
  'max_age',
  'prompt',
  'request',
  'request_uri',
  'csrf',
  'wait',
  '__proto__',
  'constructor',
  '',
  'mode',
  'everything',
  'user',
] as const
const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'] as const
const headers: readonly (readonly [string, (chance: Chance) => string])[] = [
  [
    'authorization',
    (chance) =>
      chance.pick([
        'Bearer',
        'Bearer ',
        'Basic',
        'Basic !!',
        'Basic Og==',
        `Bearer ${'a'.repeat(9000)}`,
        'DPoP x',
        'Bearer a b',
        `Basic ${Buffer.from('a:%zz').toString('base64')}`,
      ]),
  ],
  [
    'cookie',
    (chance) =>
      chance.pick([
        'curfew',
        'curfew=',
        'curfew=;curfew=',
        `curfew=${'a'.repeat(5000)}`,
        '=;;;=',
        'curfew="x"',
        'curfew=%00; curfew-form=%ff',
        '__proto__=1; curfew=__proto__',
        'a=b; '.repeat(900),
      ]),
  ],
  [
    'content-type',
    (chance) =>
      chance.pick([
        '',
        'text/plain',
        'application/json;charset=utf-16',
        'multipart/form-data',
        'application/xml',
        'APPLICATION/JSON',
        'application/json, text/plain',
      ]),
  ],
  ['content-encoding', (chance) => chance.pick(['gzip', 'br', 'identity', 'x'])],
  ['origin', (chance) => chance.pick(['null', 'http://evil.test', 'http://spa.test', '*', 'http://', ''])],
  ['sec-fetch-site', (chance) => chance.pick(['cross-site', 'same-site', 'none', ''])],
  ['access-control-request-method', (chance) => chance.pick(['POST', 'PUT', '', 'a,b'])],
  [
    'prefer',
    (chance) => chance.pick(['wait=0', 'wait=-1', 'wait=1e9', 'wait=99999999999', 'wait', 'wait=0, wait=0', 'respond-async; wait=x']),
  ],
  ['x-forwarded-for', (chance) => chance.pick(['1.2.3.4', '::1, 127.0.0.1', 'x', ','.repeat(2000)])],
  ['forwarded', () => 'for="[::1]:x";host=evil.test'],
  ['host', (chance) => chance.pick(['evil.test', '', '[::', '127.0.0.1:1'])],
  ['user-agent', (chance) => chance.pick(['', '\u001b[31m', 'x'.repeat(8000)])],
  ['expect', () => '100-continue'],
  ['range', () => 'bytes=0-1'],
  ['if-none-match', () => '*'],
  ['accept', (chance) => chance.pick(['text/html', 'application/json', '*/*;q=x'])],
  ['accept-language', () => '*'.repeat(3000)],
  ['upgrade', () => 'websocket'],
]

/** Changes a good request in one place, still in the way of HTTP. `secret`: one of the secrets, to be put where it does not belong. */
export function mutate(shape: Shape, chance: Chance, secret: () => string): void {
  const { body } = shape
  const lists: Fields[] = [shape.query as Fields, ...(body.kind === 'none' ? [] : [body.fields, body.fields, body.fields])]
  const list = chance.pick(lists)
  const at = chance.below(list.length || 1)
  const field = list[at]
  const other = (name: string): unknown => (chance.is(0.3) && !shown.has(name) ? secret() : chance.pick(values))
  chance.pick<() => void>([
    () => void list.splice(at, 1),
    () => void (field && list.splice(chance.below(list.length + 1), 0, [field[0], chance.is(0.5) ? field[1] : other(field[0])])),
    () => void (field && list.splice(at, 1, [field[0], other(field[0])])),
    () => void (field && list.splice(at, 1, [field[0], changed(textOf(field[1]), chance)])),
    () => void (field && list.splice(at, 1, [field[0], 'x'.repeat(chance.pick([300, 5000, 70_000]))])),
    () => void (field && list.splice(at, 1, [changed(field[0], chance), field[1]])),
    () => {
      const name = chance.pick(names)
      list.push([name, other(name)])
    },
    () => void Object.assign(shape, { method: chance.pick(methods) }),
    () => void Object.assign(shape, { path: path(shape.path, chance) }),
    () => void shape.headers.splice(chance.below(shape.headers.length || 1), 1),
    () => {
      const [name, value] = chance.pick(headers)
      if (chance.is(0.5)) shape.headers = shape.headers.filter(([known]) => known !== name)
      shape.headers.push([name, value(chance)])
    },
    () => {
      const header = shape.headers[chance.below(shape.headers.length || 1)]
      if (header) header[1] = changed(header[1], chance)
    },
    () => {
      const header = shape.headers[chance.below(shape.headers.length || 1)]
      if (header) shape.headers.push([header[0], header[1]])
    },
    () => void shape.headers.push(chance.is(0.5) ? ['authorization', `Bearer ${secret()}`] : ['cookie', `curfew=${secret()}`]),
    () => void (body.kind !== 'none' && Object.assign(body, { kind: body.kind === 'json' ? 'form' : 'json' })),
    () => {
      shape.body = {
        kind: chance.pick(['json', 'form']),
        fields: Array.from({ length: chance.pick([0, 1, 40, 2000]) }, (_, n): [string, unknown] => [`f${n}`, chance.pick(values)]),
      }
    },
  ])()
}

/** The body and its type; now and then broken, as text or as bytes. */
export function bodyOf({ body }: Shape, chance: Chance): { type?: string; bytes: Buffer } {
  if (body.kind === 'none') return { bytes: Buffer.alloc(0) }
  const isJson = body.kind === 'json'
  const text = isJson
    ? `{${body.fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`).join(',')}}`
    : body.fields.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
  const bytes = Buffer.from(text)
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded'
  if (!chance.is(0.08)) return { type, bytes }
  return {
    type,
    bytes: chance.pick<() => Buffer>([
      () => bytes.subarray(0, chance.below(bytes.length + 1)),
      () => Buffer.concat([bytes, chance.bytes(chance.below(60))]),
      () => Buffer.from(changed(text, chance)),
      () => chance.bytes(chance.pick([1, 30, 3000])),
      () => Buffer.from(`${'['.repeat(30_000)}`),
      () => Buffer.from(`{"a":${'{"a":'.repeat(5000)}1${'}'.repeat(5001)}`),
      () => Buffer.alloc(chance.pick([65_536, 65_537, 200_000]), 97),
      () => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
    ])(),
  }
}

function path(text: string, chance: Chance): string {
  return chance.pick<() => string>([
    () => `${text}/`,
    () => `/${text}`,
    () => text.toUpperCase(),
    () => `${text}/..`,
    () => text.replace('/', '/%2e%2e/'),
    () => `${text.slice(0, -1)}%${text.charCodeAt(text.length - 1).toString(16)}`,
    () => `${text}%00`,
    () => `${text};a=b`,
    () => `http://evil.test${text}`,
    () => `/sessions/${chance.pick(['', '%', '%zz', '..', 'a'.repeat(4000), '__proto__', '%c0%af', 'A'.repeat(22)])}`,
    () => `/receipts/${chance.pick(['', 'constructor', 'A'.repeat(22), '%ff'])}`,
  ])()
}

function changed(text: string, chance: Chance): string {
  const where = chance.below(text.length + 1)
  return chance.pick<() => string>([
    () => text.slice(0, where),
    () => text.slice(0, where) + chance.pick(texts) + text.slice(where),
    () => text.slice(0, where) + String.fromCharCode(33 + chance.below(90)) + text.slice(where + 1),
    () => text + text,
    () => text.split('').reverse().join(''),
    () => text.toUpperCase(),
  ])()
}

/** Any value as a part of a query or a form. */
export function encode(value: unknown): string {
  const text = textOf(value)
  return encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+')
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
