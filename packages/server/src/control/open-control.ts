import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CurfewError, OAuthError } from '../errors.ts'
import type { Logger, Services } from '../use-cases/needs.ts'
import { commands, streams } from './commands.ts'

/** sun_path of Linux is 108 bytes, of macOS 104; a longer one cannot be listened at. */
const longestPath = 100
const longestLine = 1 << 20

/** The control socket: what the command line may ask of a running server. One JSON line in, JSON lines out, one command a connection. */
export interface Control {
  close(): Promise<void>
}

/**
 * Opens it beside a SQLite file, in a folder of mode 0700 that is made before anybody listens (contract §7). The database lock is held
 * already, so a socket that is there is a stale one.
 */
export function openControl(given: { database: string; wanted: boolean; ready: () => Promise<Services>; log: Logger }): Control {
  const { database, wanted, ready, log } = given
  if (!wanted || database === ':memory:') return { close: async () => undefined }
  const path = prepare(database)
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy())
    serveOne(socket, ready, log)
  })
  server.on('error', (error) =>
    log.warn(
      { event: 'control.failed', problem: error.message },
      'the control socket does not work; the command line cannot reach this server',
    ),
  )
  server.listen(path, () => process.platform !== 'win32' && chmodSync(path, 0o600))
  server.unref()
  return {
    close: () =>
      new Promise((done) => {
        for (const socket of open) socket.destroy()
        closeServer(server, done)
      }),
  }
}

function closeServer(server: Server, done: () => void): void {
  if (server.listening) server.close(() => done())
  else done()
}

/** Makes the folder, removes a stale socket, and says where to listen. */
function prepare(database: string): string {
  const folder = `${resolve(database)}.control`
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const path = process.platform === 'win32' ? pipeName(database) : shortPath(folder)
  if (process.platform !== 'win32') rmSync(path, { force: true })
  return path
}

function shortPath(folder: string): string {
  const path = join(folder, 'socket')
  const where = join(folder, 'where')
  rmSync(where, { force: true })
  if (Buffer.byteLength(path) <= longestPath) return path
  const short = join(mkdtempSync(join(tmpdir(), 'curfew-')), 'socket') // mkdtemp makes it 0700
  writeFileSync(where, short, { mode: 0o600 })
  return short
}

/** The named pipe of a database on Windows. */
export function pipeName(database: string): string {
  return `\\\\.\\pipe\\curfew-${createHash('sha256').update(resolve(database)).digest('hex').slice(0, 32)}`
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
    void run(line.slice(0, end), socket, ready, log)
  })
}

async function run(line: string, socket: Socket, ready: () => Promise<Services>, log: Logger): Promise<void> {
  const say = (value: object): void => void (socket.writable && socket.write(`${JSON.stringify(value)}\n`))
  const gone = new AbortController()
  socket.on('close', () => gone.abort())
  try {
    const { command, args } = JSON.parse(line) as { command: string; args: Record<string, unknown> }
    say({ done: await perform(command, args, await ready(), { row: (row) => say({ row }), gone: gone.signal }) })
  } catch (error) {
    if (!(error instanceof CurfewError || error instanceof OAuthError))
      log.error({ event: 'control.command_failed', problem: String(error) }, 'a command failed')
    say({ error: sentence(error) })
  }
  socket.end()
}

/** Carries out one command, here or in the process of the command line itself. */
export async function perform(
  command: string,
  args: Record<string, unknown>,
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
  return error instanceof Error ? error.message : 'it failed'
}

/** Where a running server listens for commands about this database; undefined: nobody can. */
export function controlPath(database: string, read: (path: string) => string): string | undefined {
  if (process.platform === 'win32') return pipeName(database)
  const folder = `${resolve(database)}.control`
  const where = join(folder, 'where')
  const path = existsSync(where) ? read(where).trim() : join(folder, 'socket')
  return existsSync(path) ? path : undefined
}
