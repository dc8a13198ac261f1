import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres } from '../../test/store/postgres/server.ts'
import { signal, withChildren } from './children.ts'
import { clockEnvironment, leapingClocks, libfaketime } from './clocks.ts'
import type { Known } from './member.ts'

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
  let clocks: ReturnType<typeof leapingClocks> | undefined
  const server = await startPostgres(
    { max_connections: '80' },
    {
      made: (home) => known.folder(home),
      env(home) {
        if (libfaketime() !== undefined) clocks ??= leapingClocks(home, 'postgres')
        return clocks ? clockEnvironment(clocks) : {}
      },
      began: (pid) => known.add(pid),
      ended: (pid) => known.remove(pid),
    },
  )
  const [data, backup] = [join(server.home, 'data'), join(server.home, 'backup')]
  // While it is stopped there is no postmaster: its old number may be somebody else's.
  const pids = (): number[] => (server.pid === 0 ? [] : withChildren(server.pid))
  return {
    port: server.port,
    url: server.url,
    clock: clocks?.file,
    pids,
    start: server.start,
    stop: server.stop,
    async backup() {
      rmSync(backup, { recursive: true, force: true })
      const from = ['-h', '127.0.0.1', '-p', String(server.port), '-U', 'curfew']
      await server.program('pg_basebackup', ['-D', backup, ...from, '-X', 'stream', '-c', 'fast', '--no-sync'])
    },
    restore() {
      renameSync(data, `${data}-lost`)
      renameSync(backup, data)
      rmSync(`${data}-lost`, { recursive: true, force: true })
    },
    async close() {
      signal(pids(), 'SIGCONT')
      await server.close()
    },
  }
}
