import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { askServer } from '../../src/control/ask-server.ts'
import { controlPath } from '../../src/control/control-path.ts'
import { tail } from '../../src/control/ledger-commands.ts'
import { type Curfew, CurfewError, createCurfew } from '../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'curfew-control-'))
const lines: string[] = []
const open = new Set<Curfew>()
after(async () => {
  for (const one of open) await one.close()
  rmSync(folder, { recursive: true, force: true })
})

async function issuer(database: string, more: { control?: boolean } = {}): Promise<Curfew> {
  const write = (facts: object, message?: string) => void lines.push(JSON.stringify({ ...facts, msg: message }))
  const curfew = createCurfew({
    issuer: 'http://localhost:3000',
    audience: 'https://api.test',
    database,
    secret: 'a master secret for tests, which is long enough',
    logger: { debug: write, info: write, warn: write, error: write },
    ...more,
  })
  open.add(curfew)
  await curfew.ready()
  return curfew
}

async function closed(curfew: Curfew): Promise<void> {
  open.delete(curfew)
  await curfew.close()
}

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
const done = async (path: string, command: string, args: object = {}) =>
  ((await askServer(path, command, { ...args })) as { done: unknown } | undefined)?.done

/** Sends bytes as they are; gives back what came until the server hung up. */
async function raw(path: string, ...parts: readonly string[]): Promise<string> {
  const socket = connect(path)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  socket.on('error', () => undefined)
  for (const part of parts) socket.write(part)
  await once(socket, 'close')
  return answer
}

const database = join(folder, 'curfew.db')

test('contract §7: a folder of mode 0700 with a socket, which is gone after a clean stop', async () => {
  const curfew = await issuer(database)
  assert.equal(mode(`${database}.control`), '700')
  assert.equal(mode(`${database}.control/socket`), '600')
  assert.equal(controlPath(database), `${database}.control/socket`)
  assert.deepEqual(await done(`${database}.control/socket`, 'users.list'), [])
  await closed(curfew)
  assert.equal(controlPath(database), undefined)
  assert.deepEqual(readdirSync(`${database}.control`), [])
})

test('a folder that others could enter is closed to them', async () => {
  const wide = join(folder, 'wide.db')
  mkdirSync(`${wide}.control`, { mode: 0o755 })
  await closed(await issuer(wide))
  assert.equal(mode(`${wide}.control`), '700')
})

test('a link in the place of the folder is not followed: the server runs, without a socket, and says so', async () => {
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere, { mode: 0o755 })
  symlinkSync(elsewhere, join(folder, 'linked.db.control'))
  const curfew = await issuer(join(folder, 'linked.db'))
  assert.equal(mode(elsewhere), '755')
  assert.deepEqual(
    readdirSync(elsewhere).filter((name) => name === 'socket'),
    [],
  )
  assert.ok(lines.some((line) => line.includes('control.failed')))
  await closed(curfew)
})

test('a stale socket is nobody, and is replaced by the next start', async () => {
  const path = `${database}.control/socket`
  await leaveStale(path)
  assert.equal(await askServer(path, 'users.list', {}), undefined)
  const curfew = await issuer(database)
  assert.deepEqual(await done(path, 'users.list'), [])
  await closed(curfew)
})

/** As after a crash: the file of a socket at which nobody listens. */
async function leaveStale(path: string): Promise<void> {
  const server = createServer().listen(`${path}.live`)
  await once(server, 'listening')
  linkSync(`${path}.live`, path)
  server.close()
  await once(server, 'close')
}

test('control: false opens none', async () => {
  const curfew = await issuer(database, { control: false })
  assert.equal(controlPath(database), undefined)
  await closed(curfew)
})

test('a path too long for a socket: a folder of mode 0700 in the temporary directory, named in `where`, gone afterwards', async () => {
  const deep = join(folder, 'd'.repeat(90))
  mkdirSync(deep)
  const long = join(deep, 'curfew.db')
  const first = await issuer(long)
  const path = readFileSync(`${long}.control/where`, 'utf8')
  assert.equal(dirname(dirname(path)), tmpdir())
  assert.deepEqual([mode(dirname(path)), mode(`${long}.control`), mode(`${long}.control/where`)], ['700', '700', '600'])
  assert.equal(controlPath(long), path)
  assert.deepEqual(await done(path, 'users.list'), [])
  await closed(first)
  assert.deepEqual([existsSync(dirname(path)), existsSync(`${long}.control/where`), controlPath(long)], [false, false, undefined])

  // After a crash both are still there; the next start takes them away.
  mkdirSync(dirname(path), { mode: 0o700 })
  await leaveStale(path)
  writeFileSync(`${long}.control/where`, path)
  const second = await issuer(long)
  assert.notEqual(controlPath(long), path)
  assert.equal(existsSync(dirname(path)), false)
  await closed(second)
})

test('`where` is not followed to anything that is not ours', async () => {
  const deep = join(folder, 'e'.repeat(90))
  const bystander = join(folder, 'bystander')
  mkdirSync(deep)
  mkdirSync(bystander)
  writeFileSync(join(bystander, 'socket'), 'keep me')
  const long = join(deep, 'curfew.db')
  mkdirSync(`${long}.control`)
  writeFileSync(`${long}.control/where`, join(bystander, 'socket'))
  await closed(await issuer(long))
  assert.equal(readFileSync(join(bystander, 'socket'), 'utf8'), 'keep me')
})

test('R1: whoever comes second is told who holds the file', async () => {
  const curfew = await issuer(database)
  const since =
    /is in use by process (\d+), since \d{4}-\d\d-\d\dT[\d:.]+Z\. One process serves a file: talk to that one, or stop it first\.$/
  assert.throws(
    () =>
      createCurfew({ issuer: 'http://localhost:3000', audience: 'a', database, secret: 'a master secret for tests, which is long enough' }),
    (error: unknown) => error instanceof CurfewError && since.exec(error.message)?.[1] === String(process.pid),
  )
  // The refused one must not take the socket away.
  assert.deepEqual(await done(`${database}.control/socket`, 'users.list'), [])
  await closed(curfew)
})

const bad: readonly (readonly [what: string, line: string, sentence: string])[] = [
  ['no JSON', 'hello\n', 'This is no command: it must be one line of JSON.'],
  ['nothing', '\n', 'This is no command: it must be one line of JSON.'],
  ['null', 'null\n', 'This is no command: it must be {"command": …, "args": {…}}.'],
  ['no arguments', '{"command":"users.list"}\n', 'This is no command: it must be {"command": …, "args": {…}}.'],
  ['arguments in a list', '{"command":"users.list","args":[]}\n', 'This is no command: it must be {"command": …, "args": {…}}.'],
  [
    'an unknown command',
    '{"command":"fly","args":{}}\n',
    'The running server does not know the command fly: it is older than this command line. Restart it.',
  ],
  [
    'a name of every object',
    '{"command":"constructor","args":{}}\n',
    'The running server does not know the command constructor: it is older than this command line. Restart it.',
  ],
  ['a missing argument', '{"command":"who","args":{}}\n', 'user is missing.'],
  ['a number for a text', '{"command":"who","args":{"user":7}}\n', 'user is missing.'],
  ['a text for a number', '{"command":"lease","args":{"lease_ms":"7"}}\n', 'lease_ms must be a whole number.'],
  ['a text for a list', '{"command":"users.add","args":{"identifier":"a","password":"b","roles":"admin"}}\n', 'roles must be a list.'],
]

test('bad lines: each gets a sentence, nothing gets a stack, and the server lives on', async () => {
  const curfew = await issuer(database)
  const path = `${database}.control/socket`
  for (const [what, line, sentence] of bad)
    assert.equal(await raw(path, line), `{"heard":true}\n${JSON.stringify({ error: sentence })}\n`, what)
  assert.deepEqual(await done(path, 'users.list'), [])
  await closed(curfew)
})

test('a line without an end is dropped, and an oversized one', async () => {
  const curfew = await issuer(database)
  const path = `${database}.control/socket`
  assert.equal(await raw(path, 'x'.repeat(1 << 19), 'x'.repeat(1 << 19), 'x'), '')
  const slow = connect(path)
  slow.write('{"command":')
  await once(slow, 'connect')
  slow.destroy()
  // What follows the first line is no second command.
  const twice = await raw(path, '{"command":"users.list","args":{}}\n{"command":"users.list","args":{}}\n')
  assert.equal(twice, '{"heard":true}\n{"done":[]}\n')
  await closed(curfew)
})

test('tail: a ledger that cannot be read any more is told to the reader, and is no end of the process', async (t) => {
  const unheard: unknown[] = []
  const hear = (error: unknown): void => void unheard.push(error)
  process.on('unhandledRejection', hear)
  t.after(() => process.removeListener('unhandledRejection', hear))
  let wake: (what: 'entry') => void = () => undefined
  let isStopped = false
  const read = [async () => ({ entries: [] }), () => Promise.reject(new Error('the database is away'))]
  const onChange = (listener: typeof wake) => {
    wake = listener
    return () => {
      isStopped = true
    }
  }
  const services = { store: { ledger: { read: () => read.shift()!(), onChange } } } as unknown as Parameters<typeof tail>[1]
  const tailing = tail({ after: 0 }, services, { row: () => undefined, gone: new AbortController().signal })
  await new Promise(setImmediate)
  wake('entry')
  await assert.rejects(tailing, /the database is away/)
  assert.deepEqual([unheard, isStopped], [[], true])
})

test('tail: each entry as it is written; ends when the reader goes, and says so when the server does', async () => {
  const curfew = await issuer(database)
  const path = `${database}.control/socket`
  await done(path, 'users.add', { identifier: 'ada', password: 'correct horse battery staple' })
  const rows: { seq: number }[] = []
  let more = Promise.withResolvers<void>()
  const row = (value: unknown) => {
    rows.push(value as { seq: number })
    more.resolve()
  }
  const gone = new AbortController()
  const tailing = askServer(path, 'tail', { after: 0 }, { row, gone: gone.signal })
  for (const number of [1, 2]) {
    const { sub } = ((await done(path, 'who', { user: 'ada' })) as { user: { sub: string } }).user
    await curfew.end({ user: sub })
    await more.promise
    more = Promise.withResolvers()
    assert.equal(rows.length, number)
  }
  assert.equal(rows[1]!.seq, rows[0]!.seq + 1)
  gone.abort()
  assert.deepEqual(await tailing, { done: undefined })

  const orphan = askServer(path, 'tail', {}, { row })
  await more.promise // the last ten are told at once
  const ended = assert.rejects(orphan, { name: 'CurfewError', message: 'The server stopped, so nothing more comes.' })
  await closed(curfew)
  await ended
})

const pretend = async (serve: (socket: Socket) => void): Promise<{ path: string; server: Server }> => {
  const path = join(folder, `pretend-${Math.random()}`)
  const server = createServer((socket) => {
    after(() => socket.destroy())
    serve(socket.on('error', () => undefined))
  }).listen(path)
  await once(server, 'listening')
  after(() => server.close())
  return { path, server }
}

test('a server that dies before it answers: it may or may not have been done', async () => {
  const { path } = await pretend((socket) => socket.once('data', () => socket.destroy()))
  await assert.rejects(askServer(path, 'revoke', {}), {
    name: 'CurfewError',
    message: 'The server stopped before it answered. What was asked may or may not have been done: ask again.',
  })
})

test('a server that says nothing is not waited for forever; one that has heard is', async () => {
  const { path } = await pretend(() => undefined)
  await assert.rejects(askServer(path, 'revoke', {}, { patience: 20 }), {
    message: 'The server is there, but it does not answer. Is it stopped, or out of breath? Look at its log.',
  })
  let answer = (): void => undefined
  const heard = await pretend((socket) => {
    socket.write('{"heard":true}\n')
    answer = () => socket.write('{"done":1}\n')
  })
  const asked = askServer(heard.path, 'revoke', {}, { patience: 20 })
  setTimeout(() => answer(), 60)
  assert.deepEqual(await asked, { done: 1 })
})

test('something else that listens there is told apart', async () => {
  const { path } = await pretend((socket) => socket.write('220 mail.example ESMTP\n'))
  await assert.rejects(askServer(path, 'users.list', {}), { message: /does not speak as a Curfew server does/ })
})

test('LO-1: no password, key or secret of a command is in a log line', async () => {
  const curfew = await issuer(database)
  const path = `${database}.control/socket`
  const canary = 'Canary7 horse battery staple'
  await done(path, 'users.add', { identifier: 'bob', password: canary })
  await done(path, 'users.password', { user: 'bob', password: `${canary} 2` })
  const { key } = (await done(path, 'services.add', { id: 'orders', checks: 'follow' })) as { key: string }
  const { secret } = (await done(path, 'clients.add', { id: 'web', confidential: true, redirectUris: ['https://web.test/'] })) as {
    secret: string
  }
  await raw(path, `{"command":"users.add","args":{"identifier":"carl","password":"${canary}"\n`)
  await closed(curfew)
  for (const one of [canary, key, key.slice(-43), secret]) assert.ok(!lines.some((line) => line.includes(one)))
  assert.ok(lines.length > 0)
})
