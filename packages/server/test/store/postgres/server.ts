import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A PostgreSQL of the test's own: a fresh folder, a free port of 127.0.0.1, everything durable. */
export interface PostgresServer {
  readonly url: string
  readonly port: number
  /** Its folder; `data` in it is the database. */
  readonly home: string
  /** Runs one of PostgreSQL's own programs, as the user whom it runs as. */
  program(name: string, args: readonly string[]): Promise<void>
  /** The whole of it: backends and all. Resolves when it is down. */
  stop(how: 'fast' | 'immediate'): Promise<void>
  start(): Promise<void>
  /** Of the postmaster. */
  readonly pid: number
  /** Stops it, and takes its folder away. */
  close(): Promise<void>
}

/** Where Debian and others have it, the newest first; undefined: nowhere, so the tests that need it are skipped. */
export function postgresBinaries(): string | undefined {
  const places = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']
  const found = places.flatMap((place) =>
    existsSync(place)
      ? readdirSync(place).map((name) => ({ at: join(place, name, 'bin'), version: Number(/\d+$/.exec(name)?.[0] ?? 0) }))
      : [],
  )
  return found
    .filter(({ at, version }) => version >= 15 && existsSync(join(at, 'initdb')))
    .sort((one, other) => other.version - one.version)[0]?.at
}

/** Why the tests of PostgreSQL are skipped; false: they are not. */
export const skip: string | false = postgresBinaries()
  ? false
  : 'no PostgreSQL 15 or newer is installed (Debian: apt-get install postgresql)'

/** What a harness adds to it: variables of its environment, and to be told of its folder and of each postmaster. */
export interface Watch {
  env?(home: string): Readonly<Record<string, string>>
  made?(home: string): void
  began?(pid: number): void
  ended?(pid: number): void
}

/** Makes one and starts it. As root it runs as `postgres`, for it refuses to run as root. */
export async function startPostgres(settings: Readonly<Record<string, string>> = {}, watch: Watch = {}): Promise<PostgresServer> {
  const binaries = postgresBinaries()
  if (!binaries) throw new Error(String(skip))
  const home = mkdtempSync(join(tmpdir(), 'curfew-postgres-'))
  watch.made?.(home)
  const owner = await identityOf('postgres')
  if (owner) chownSync(home, owner.uid, owner.gid)
  const as = { cwd: home, ...(owner ?? {}), env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' } }
  const data = join(home, 'data')
  const program = async (name: string, args: readonly string[]): Promise<void> => void (await run(join(binaries, name), args, as))
  await program('initdb', ['-D', data, '-U', 'curfew', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'])
  const port = await freePort()
  const url = `postgres://curfew@127.0.0.1:${port}/postgres`
  const options = {
    ...{ listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: home, fsync: 'on', shared_buffers: '64MB' },
    ...{ deadlock_timeout: '200ms', max_connections: '60', ...settings },
  }
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const env = { ...as.env, ...watch.env?.(home) }
    const started = spawn(join(binaries!, 'postgres'), ['-D', data, ...flags], { ...as, env, stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    watch.began?.(started.pid!)
    let said = ''
    await new Promise<void>((resolve, reject) => {
      started.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-20_000)
        if (/database system is ready to accept connections/.test(said)) resolve()
      })
      started.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${said}`)))
    })
  }

  async function stop(how: 'fast' | 'immediate'): Promise<void> {
    const running = child
    child = undefined
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise((resolve) => running.once('exit', resolve))
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await gone
    watch.ended?.(running.pid!)
  }

  await start()
  return {
    url,
    port,
    home,
    program,
    get pid() {
      return child?.pid ?? 0
    },
    start,
    stop,
    async close() {
      await stop('immediate')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** As root, whom to run as: servers refuse to run as root. */
export async function identityOf(name: string): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
}

/** A port of 127.0.0.1 that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
