import { figures } from '../packages/server/prove/percentiles.ts'
import type { ServerProcess } from './server-process.ts'

/** What a server took for the requests of one turn. */
export interface Turn {
  /** Microseconds of CPU a request, of the server's process. */
  readonly cpu: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** Keeps each of these callers at it, one request after another, for so many milliseconds. */
export async function load(server: ServerProcess, callers: readonly (() => Promise<void>)[], milliseconds: number): Promise<Turn> {
  const times: number[] = []
  const before = await server.cpu()
  const begin = performance.now()
  const end = begin + milliseconds
  await Promise.all(
    callers.map(async (call) => {
      for (let now = performance.now(); now < end; ) {
        await call()
        const after = performance.now()
        times.push(after - now)
        now = after
      }
    }),
  )
  const seconds = (performance.now() - begin) / 1000
  const cpu = (await server.cpu()) - before
  return { cpu: cpu / times.length, perSecond: times.length / seconds, ...figures(times) }
}
