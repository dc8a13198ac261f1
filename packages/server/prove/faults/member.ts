import { type Running, start } from '../processes.ts'
import { type Clocks, clockEnvironment } from './clocks.ts'

/** A node or a service: a place in the cast, which one process after the other fills. */
export interface Member {
  readonly name: string
  readonly port: number
  /** Undefined while nobody fills it. */
  running: Running | undefined
  clocks: Clocks
  /** A fault is at it: no other takes it. */
  isTaken: boolean
  start(): Promise<void>
  /** Ends it as an operator does; waits for its end. */
  stop(): Promise<void>
  /** kill -9; waits for its end. */
  kill(): Promise<void>
}

/** Who hears of processes, so that none is left behind. */
export interface Known {
  add(pid: number): void
  remove(pid: number): void
  /** A temporary folder of theirs. */
  folder(path: string): void
}

/** One that is filled by processes of this file; `cache`: a folder where what they compile is kept, for many are started. */
export function member(
  given: { readonly name: string; readonly port: number; readonly file: 'issuer.ts' | 'service.ts'; readonly setup: object },
  clocks: Clocks,
  known: Known,
  cache: string,
): Member {
  const { name, port, file, setup } = given
  const one: Member = {
    name,
    port,
    clocks,
    running: undefined,
    isTaken: false,
    async start() {
      const running = await start(file, setup, 60_000, {
        env: { ...clockEnvironment(one.clocks), NODE_COMPILE_CACHE: cache },
        began: known.add,
      })
      one.running = running
      void running.ended().then(() => known.remove(running.pid))
    },
    async stop() {
      const { running } = one
      one.running = undefined
      await running?.stop(30_000) // as long as Kubernetes gives
    },
    async kill() {
      const { running } = one
      one.running = undefined
      running?.kill('SIGKILL')
      await running?.ended()
    },
  }
  return one
}
