import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, identityOf, postgresBinaries, skip } from '../../test/store/postgres/server.ts'
import { signal, withChildren } from './children.ts'
import { clockEnvironment, leapingClocks, libfaketime } from './clocks.ts'
import type { Known } from './member.ts'

const run = promisify(execFile)

/** A PostgreSQL that things happen to. */
export interface FaultyPostgres {
  readonly port: number
  readonly url: string
  /** Where its clock is set; undefined without libfaketime. */
  readonly clock: string | undefined
  /** All processes of it. */
  pids(): number[]
  stop(how: 'fast' | 'immediate'): Promise<void>
  start(): Promise<void>
  /** Takes a base backup of it while it runs. */
  backup(): Promise<void>
  /** While it is stopped: the last backup in the place of its data. */
  restore(): void
  close(): Promise<void>
}

/** Makes one and starts it; `known` hears of each postmaster's beginning and end. */
export async function openFaultyPostgres(known: Known): Promise<FaultyPostgres> {
  const binaries = postgresBinaries()
  if (!binaries) throw new Error(String(skip))
  const home = mkdtempSync(join(tmpdir(), 'curfew-postgres-'))
  known.folder(home)
  const owner = await identityOf('postgres')
  if (owner) chownSync(home, owner.uid, owner.gid)
  const clocks = libfaketime() === undefined ? undefined : leapingClocks(home, 'postgres')
  const plain = { PATH: process.env.PATH ?? '', LC_ALL: 'C' }
  const as = { cwd: home, ...(owner ?? {}), env: plain }
  const [data, backup] = [join(home, 'data'), join(home, 'backup')]
  await run(join(binaries, 'initdb'), ['-D', data, '-U', 'curfew', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'], as)
  const port = await freePort()
  const options = {
    ...{ listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: home, fsync: 'on', shared_buffers: '64MB' },
    ...{ deadlock_timeout: '200ms', max_connections: '80' },
  }
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const env = { ...plain, ...(clocks ? clockEnvironment(clocks) : {}) }
    const started = spawn(join(binaries!, 'postgres'), ['-D', data, ...flags], { ...as, env, stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    known.add(started.pid!)
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
    const gone = once(running, 'exit')
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    await gone
    known.remove(running.pid!)
  }

  await start()
  return {
    port,
    url: `postgres://curfew@127.0.0.1:${port}/postgres`,
    clock: clocks?.file,
    pids: () => (child?.pid === undefined ? [] : withChildren(child.pid)),
    start,
    stop,
    async backup() {
      rmSync(backup, { recursive: true, force: true })
      const from = ['-h', '127.0.0.1', '-p', String(port), '-U', 'curfew']
      await run(join(binaries, 'pg_basebackup'), ['-D', backup, ...from, '-X', 'stream', '-c', 'fast', '--no-sync'], as)
    },
    restore() {
      renameSync(data, `${data}-lost`)
      renameSync(backup, data)
      rmSync(`${data}-lost`, { recursive: true, force: true })
    },
    async close() {
      const pids = child?.pid === undefined ? [] : withChildren(child.pid)
      signal(pids, 'SIGCONT')
      await stop('immediate')
      rmSync(home, { recursive: true, force: true })
    },
  }
}
