import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'

/** Where strace is; undefined: disks are not slowed (Debian: apt-get install strace). */
export function strace(): string | undefined {
  return ['/usr/bin/strace', '/usr/local/bin/strace'].find((file) => existsSync(file))
}

/**
 * Slows the disk that these processes see: each fsync and fdatasync of theirs takes so many milliseconds longer, by strace's own
 * injection of delays. Their other system calls are slower meanwhile, too. Returns what ends it.
 */
export async function slowDisk(pids: readonly number[], ms: number): Promise<() => Promise<void>> {
  const program = strace()
  if (program === undefined) return async () => undefined
  const calls = 'fsync,fdatasync,sync_file_range'
  const inject = `inject=${calls}:delay_enter=${Math.round(ms * 1000)}`
  const whom = pids.flatMap((pid) => ['-p', String(pid)])
  const child = spawn(program, ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject, ...whom], { stdio: 'ignore' })
  const exit = once(child, 'exit').catch(() => undefined)
  return async () => {
    child.kill('SIGTERM') // it lets go of all of them
    await exit
  }
}
