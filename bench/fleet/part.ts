import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process of the bench that answers questions. */
export interface Part {
  readonly pid: number
  ask<T>(question: object): Promise<T>
  stop(): Promise<void>
}

/** Starts a file of this folder and waits until it says what it has to say first. */
export async function startPart<T>(file: string, setup: object): Promise<{ part: Part; first: T }> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['-C', 'curfew-source'],
    env: { ...process.env, BENCH_SETUP: JSON.stringify(setup) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exit = once(child, 'exit')
  const over = exit.then(() => Promise.reject(new Error(`${file} ended by itself.`)))
  over.catch(() => undefined)
  const open = new Map<number, (answer: unknown) => void>()
  let last = 0
  const [first] = (await Promise.race([once(child, 'message'), over])) as [T]
  child.on('message', (message) => {
    const { nth, answer } = message as { nth: number; answer: unknown }
    open.get(nth)?.(answer)
    open.delete(nth)
  })
  return {
    first,
    part: {
      pid: child.pid ?? 0,
      ask<A>(question: object): Promise<A> {
        last += 1
        const nth = last
        const answer = new Promise<A>((resolve) => open.set(nth, resolve as (answer: unknown) => void))
        child.send({ nth, question })
        return Promise.race([answer, over])
      },
      async stop() {
        child.kill('SIGTERM')
        await exit
      },
    },
  }
}

/** The other side: what a part was set up with. */
export function readSetup<T>(): T {
  return JSON.parse(process.env.BENCH_SETUP ?? '{}') as T
}

/** The other side: says the first thing, then answers; ends with whoever started it. */
export function answerQuestions<Q>(first: object, answer: (question: Q) => unknown): void {
  process.on('message', async (message) => {
    const { nth, question } = message as { nth: number; question: Q }
    process.send?.({ nth, answer: (await answer(question)) ?? {} })
  })
  process.once('disconnect', () => process.exit(1))
  process.once('SIGTERM', () => process.exit(0))
  process.send?.(first)
}

/** Microseconds of CPU of this process, all threads. */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
