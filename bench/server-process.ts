import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A server in a process of its own, whose CPU can be asked for. */
export interface ServerProcess {
  /** Microseconds of CPU that it has used since it began, in all its threads. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

/** Starts a program that is told its setup in PROVE_SETUP, as those of prove are, and waits until it says that it is ready. */
export async function startServer(file: URL, setup: object): Promise<ServerProcess> {
  const child = fork(fileURLToPath(file), {
    execArgv: ['-C', 'curfew-source', '--import', new URL('report-cpu.ts', import.meta.url).href],
    env: { ...process.env, PROVE_SETUP: JSON.stringify(setup) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exit = once(child, 'exit')
  const over = (): Promise<never> => exit.then(() => Promise.reject(new Error(`${fileURLToPath(file)} ended by itself.`)))
  await Promise.race([once(child, 'message'), over()])
  return {
    async cpu() {
      const answer = once(child, 'message')
      child.send('cpu')
      const [{ cpu }] = (await Promise.race([answer, over()])) as [{ cpu: number }]
      return cpu
    },
    async stop() {
      child.kill('SIGTERM')
      await exit
    },
  }
}
