import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly cores: number
  readonly processor: string
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly openssl: string
  /** The load average of the last minute, before the run and after it: what else the machine was doing. */
  readonly load: readonly [before: number, after: number]
}

/** Describes this machine; to be called after the run, with the load from before it. */
export function describeMachine(before: number): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    openssl: process.versions.openssl,
    load: [before, load()],
  }
}

/** The load average of the last minute. */
export function load(): number {
  return Number((loadavg()[0] ?? 0).toFixed(2))
}
