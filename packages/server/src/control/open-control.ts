import { chmodSync, lstatSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { CurfewError, messageOf, OAuthError } from '../errors.ts'
import type { Logger, Services } from '../use-cases/needs.ts'
import { commands, streams } from './commands.ts'
import { controlFolder, pipeName, readWhere } from './control-path.ts'

/** sun_path of Linux is 108 bytes, of macOS 104; a longer one cannot be listened at. */
const longestPath = 100
const longestLine = 1 << 20

/** The control socket: what the command line may ask of a running server. One JSON line in, JSON lines out, one command a connection. */
export interface Control {
  close(): Promise<void>
}

/**
 * Opens it beside a SQLite file, in a folder of mode 0700 that is made before anybody listens (contract §7). The database lock is held
 * already, so a socket that is there is a stale one. No file: the command line opens PostgreSQL itself.
 */
export function openControl(given: {
  database: string | undefined
  wanted: boolean
  ready: () => Promise<Services>
  log: Logger
}): Control {
  const { database, wanted, ready, log } = given
  if (!wanted || database === undefined || database === ':memory:') return { close: async () => undefined }
  const failed = (error: Error): void =>
    log.warn(
      { event: 'control.failed', problem: error.message },
      'the control socket does not work; the command line cannot reach this server',
    )
  let path: string
  try {
    path = prepare(database)
  } catch (error) {
    // Signing in and out must not depend on it.
    failed(error instanceof Error ? error : new Error('unknown'))
    return { close: async () => undefined }
  }
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy())
    serveOne(socket, ready, log)
  })
  server.on('error', failed)
  server.listen(path, () => process.platform !== 'win32' && chmodSync(path, 0o600))
  server.unref()
  return {
    close: () =>
      new Promise((done) => {
        for (const socket of open) socket.destroy()
        closeServer(server, () => {
          leave(database, path)
          done()
        })
      }),
  }
}

function closeServer(server: Server, done: () => void): void {
  if (server.listening) server.close(() => done())
  else done()
}

/** Makes the folder, removes what a server left there that did not stop cleanly, and says where to listen. */
function prepare(database: string): string {
  if (process.platform === 'win32') return pipeName(database)
  const folder = controlFolder(database)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Whoever may write beside the database could have put a link there, to a folder of somebody else's.
  if (!lstatSync(folder).isDirectory()) throw new CurfewError(`${folder} is not a folder`)
  chmodSync(folder, 0o700)
  const stale = readWhere(database)
  if (stale !== undefined) leave(database, stale)
  const path = join(folder, 'socket')
  rmSync(path, { force: true })
  if (Buffer.byteLength(path) <= longestPath) return path
  const short = join(mkdtempSync(join(tmpdir(), 'curfew-')), 'socket') // mkdtemp makes it 0700
  writeFileSync(join(folder, 'where'), short, { mode: 0o600 })
  return short
}

/** Takes the socket away; where it was in the temporary directory, its folder as well. Never anything else. */
function leave(database: string, path: string): void {
  if (process.platform === 'win32') return
  const folder = dirname(path)
  rmSync(join(controlFolder(database), 'where'), { force: true })
  const isOurs = folder === controlFolder(database)
  if (isOurs) rmSync(path, { force: true })
  if (isOurs || dirname(folder) !== tmpdir() || !basename(folder).startsWith('curfew-') || basename(path) !== 'socket') return
  rmSync(path, { force: true })
  try {
    rmdirSync(folder)
  } catch {
    // Gone already, or somebody put something there.
  }
}

function serveOne(socket: Socket, ready: () => Promise<Services>, log: Logger): void {
  let line = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    line += chunk
    if (line.length > longestLine) return void socket.destroy()
    const end = line.indexOf('\n')
    if (end < 0) return
    socket.removeAllListeners('data')
    socket.resume() // what comes after the line is not read, but its end is
    void run(line.slice(0, end), socket, ready, log)
  })
}

async function run(line: string, socket: Socket, ready: () => Promise<Services>, log: Logger): Promise<void> {
  const say = (value: object): void => void (socket.writable && socket.write(`${JSON.stringify(value)}\n`))
  const gone = new AbortController()
  socket.on('close', () => gone.abort())
  say({ heard: true })
  try {
    const { command, args } = readAsked(line)
    say({ done: await perform(command, args, await ready(), { row: (row) => say({ row }), gone: gone.signal }) })
  } catch (error) {
    if (!(error instanceof CurfewError || error instanceof OAuthError))
      log.error({ event: 'control.command_failed', problem: messageOf(error) }, 'a command failed')
    say({ error: sentence(error) })
  }
  socket.end()
}

function readAsked(line: string): { command: string; args: Record<string, unknown> } {
  let asked: unknown
  try {
    asked = JSON.parse(line)
  } catch {
    throw new CurfewError('This is no command: it must be one line of JSON.')
  }
  const { command, args } = (asked ?? {}) as { command?: unknown; args?: unknown }
  if (typeof command !== 'string' || typeof args !== 'object' || args === null || Array.isArray(args))
    throw new CurfewError('This is no command: it must be {"command": …, "args": {…}}.')
  return { command, args: args as Record<string, unknown> }
}

/** Carries out one command, here or in the process of the command line itself. */
export async function perform(
  command: string,
  args: Readonly<Record<string, unknown>>,
  services: Services,
  to: { row(row: unknown): void; gone: AbortSignal },
): Promise<unknown> {
  if (Object.hasOwn(streams, command)) return streams[command]?.(args, services, to)
  const known = Object.hasOwn(commands, command) ? commands[command] : undefined
  if (!known)
    throw new CurfewError(`The running server does not know the command ${command}: it is older than this command line. Restart it.`)
  return known(args, services)
}

/** What went wrong, for a person: never a stack, never a secret. */
export function sentence(error: unknown): string {
  if (error instanceof OAuthError) return error.description ?? error.code
  if (error instanceof CurfewError) return error.message
  return `It failed inside: ${messageOf(error)}.`
}
