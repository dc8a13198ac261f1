import { connect } from 'node:net'
import type { Chance } from './chance.ts'
import type { Shape } from './good-requests.ts'
import { bodyOf, encode } from './mutate.ts'

/** What goes over the wire, in pieces. `strict`: HTTP as it should be, so that there must be an answer. */
export interface Written {
  readonly pieces: readonly Buffer[]
  readonly method: string
  readonly strict: boolean
  /** The client says that nothing more comes. */
  readonly ends: boolean
  /** The client leaves without waiting. */
  readonly leaves: boolean
}

/** What came back; without a status: the connection was closed. */
export interface Came {
  readonly status: number | undefined
  readonly head: string
  readonly body: string
  readonly hung: boolean
}

/** Writes a request down; now and then not as it should be. */
export function write(shape: Shape, chance: Chance, broken: boolean): Written {
  const { type, bytes } = bodyOf(shape, chance)
  const query = shape.query.map((pair) => pair.map((text) => encode(text)).join('=')).join('&')
  const target = shape.path + (query === '' ? '' : `?${query}`)
  const lines: [string, string][] = shape.headers.map(([name, value]) => [name, clean(value)])
  const has = (name: string): boolean => lines.some(([known]) => known === name)
  if (!has('host')) lines.unshift(['host', '127.0.0.1'])
  if (type !== undefined && !has('content-type')) lines.push(['content-type', type])
  const chunked = bytes.length > 0 && chance.is(0.1)
  if (chunked) lines.push(['transfer-encoding', 'chunked'])
  else if (bytes.length > 0 || shape.method === 'POST') lines.push(['content-length', String(bytes.length)])
  const body = chunked ? Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')]) : bytes
  const strict = !broken && lines.filter(([name]) => name === 'host').length === 1 && !lines.some(([, value]) => value.length > 7000)
  if (broken) breakLines(lines, chance)
  let head = `${shape.method} ${clean(target).replaceAll(' ', '%20')} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  if (broken && chance.is(0.4)) head = breakHead(head, chance)
  let all: Buffer = Buffer.concat([Buffer.from(head, 'latin1'), body])
  if (broken && chance.is(0.3)) all = breakBytes(all, chance)
  const inPieces = chance.is(0.05)
  const cut = (): number => 1 + chance.below(Math.max(1, all.length - 1))
  const cuts = inPieces ? [cut(), cut(), cut()].sort((a, b) => a - b) : []
  return {
    pieces: [0, ...cuts].map((from, n) => all.subarray(from, cuts[n] ?? all.length)),
    // Node hangs up on a head of 16 KB while the rest of it still comes: the 431 can be lost, as the 413 of a body beyond 64 KiB can.
    ...{ method: shape.method, strict: strict && head.length < 12_000 && bytes.length <= 65_536 },
    // Broken: whatever is missing does not come any more.
    ends: broken,
    leaves: broken && chance.is(0.1),
  }
}

/** Sends it over a connection of its own and waits for the answer, or for the end of the connection. Milliseconds. */
export function send(port: number, { pieces, method, ends, leaves }: Written, patience: number): Promise<Came> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let came: Buffer<ArrayBufferLike> = Buffer.alloc(0)
    const finish = (hung: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ ...split(came), hung })
    }
    const timer = setTimeout(() => finish(true), patience)
    socket.on('data', (part: Buffer) => {
      came = Buffer.concat([came, part])
      if (isWhole(came, method)) finish(false)
    })
    socket.on('error', () => finish(false))
    socket.on('end', () => finish(false))
    socket.on('close', () => finish(false))
    socket.on('connect', () => {
      const next = (n: number): void => {
        const piece = pieces[n]
        if (socket.destroyed) return
        if (piece === undefined) {
          if (leaves) finish(false)
          else if (ends) socket.end()
          return
        }
        socket.write(piece)
        if (n + 1 < pieces.length) setTimeout(() => next(n + 1), 5)
        else next(n + 1)
      }
      next(0)
    })
  })
}

function isWhole(bytes: Buffer, method: string): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return false
  const head = bytes.subarray(0, end).toString('latin1')
  const status = Number(head.slice(9, 12))
  if (status === 100) return isWhole(bytes.subarray(end + 4), method)
  if (method === 'HEAD' || status === 204 || status === 304) return true
  // Node's own 417.
  if (/^transfer-encoding: chunked/im.test(head)) return bytes.subarray(-5).toString('latin1') === '0\r\n\r\n'
  const length = /^content-length: (\d+)/im.exec(head)?.[1]
  return length !== undefined && bytes.length - end - 4 >= Number(length)
}

function split(bytes: Buffer): Omit<Came, 'hung'> {
  const text = bytes.toString('utf8').replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
  const end = text.indexOf('\r\n\r\n')
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
  return {
    status: status === undefined ? undefined : Number(status),
    head: end < 0 ? text : text.slice(0, end),
    body: end < 0 ? '' : text.slice(end + 4),
  }
}

/** What no client library sends: it would be the library that refused. */
function clean(value: string): string {
  return [...value].filter((one) => one === '\t' || (one >= ' ' && one <= '~') || (one >= '\u00a0' && one <= '\u00ff')).join('')
}

function breakLines(lines: [string, string][], chance: Chance): void {
  const more = chance.pick<() => [string, string][]>([
    () => [['content-length', '0']],
    () => [['content-length', chance.pick(['-1', '1e3', '0x10', '+5', ' ', '99999999999999999999', '3, 3', '70000'])]],
    () => [['transfer-encoding', chance.pick(['chunked', 'gzip, chunked', 'chunked, chunked', 'identity', 'xchunked', ' chunked'])]],
    () => [
      ['content-length', '5'],
      ['transfer-encoding', 'chunked'],
    ],
    () => [['x', 'y'.repeat(chance.pick([9000, 17_000, 100_000]))]],
    () => Array.from({ length: chance.pick([50, 3000]) }, (_, n): [string, string] => [`x-${n}`, 'y']),
    () => [['host', 'evil.test']],
    () => [[chance.pick(['a b', '', ':', 'x\0', 'content-length ', 'é', ' folded']), 'x']],
    () => [['connection', chance.pick(['close', 'upgrade', 'keep-alive, close', 'content-length'])]],
    () => [['x', chance.pick(['\r\nset-cookie: a=b', '\0', '\n', 'a\r\n b', '\r', '\u007f'])]],
    () => [['expect', 'something']],
  ])()
  lines.splice(chance.below(lines.length + 1), 0, ...more)
}

function breakHead(head: string, chance: Chance): string {
  return chance.pick<() => string>([
    () => head.replace('HTTP/1.1', chance.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.9', 'http/1.1', 'HTTP/1.1.1', ''])),
    () => head.replaceAll('\r\n', '\n'),
    () => head.replace(' ', '  '),
    () => `\r\n\r\n${head}`,
    () => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${head}`,
    () =>
      head.replace(
        /^\w+ \S+/,
        chance.pick([
          'CONNECT 127.0.0.1:1',
          'OPTIONS *',
          'GET',
          'M-SEARCH *',
          `GET /${'a'.repeat(20_000)}`,
          'GET //',
          'GET http://',
          'POST /token#a',
        ]),
      ),
    () => head + head,
    () => head.slice(0, chance.below(head.length)),
  ])()
}

function breakBytes(bytes: Buffer, chance: Chance): Buffer {
  const changed = Buffer.from(bytes)
  for (let times = chance.below(4); times >= 0; times -= 1) changed[chance.below(changed.length)] = chance.below(256)
  return chance.is(0.4) ? changed.subarray(0, chance.below(changed.length)) : changed
}
