import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** How the clocks of one process go. */
export type Clocks =
  | { readonly are: 'true' }
  /** Both clocks run at this rate: what D1 has room for. */
  | { readonly are: 'of another rate'; readonly rate: number }
  /** The wall clock can be set by `leap`; the monotonic one is true. */
  | { readonly are: 'leaping'; readonly file: string }

/** D1 has room for rates that differ by 2 %; these two differ by 1.9 %. */
export const slowest = 0.9905
export const fastest = 1.0095

/** Where libfaketime is; undefined: clocks are not touched (Debian: apt-get install faketime). */
export function libfaketime(): string | undefined {
  return ['/usr/lib', '/usr/lib64']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    .map((folder) => join(folder, 'faketime/libfaketime.so.1'))
    .find((file) => existsSync(file))
}

/** What a process is started with so that its clocks go like that. */
export function clockEnvironment(clocks: Clocks): Record<string, string> {
  const library = libfaketime()
  if (library === undefined || clocks.are === 'true') return {}
  if (clocks.are === 'of another rate') return { LD_PRELOAD: library, FAKETIME: `+0 x${clocks.rate}` }
  return { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: clocks.file, FAKETIME_CACHE_DURATION: '1', DONT_FAKE_MONOTONIC: '1' }
}

/** A process whose wall clock can leap; true at first. */
export function leapingClocks(folder: string, name: string): Clocks & { file: string } {
  const file = join(folder, `clock-of-${name}`)
  leap(file, 0)
  return { are: 'leaping', file }
}

/** Sets the wall clock so many seconds off the true one; within a second the process reads it. */
export function leap(file: string, seconds: number): void {
  writeFileSync(file, `${seconds < 0 ? '-' : '+'}${Math.abs(Math.round(seconds))}`)
}
