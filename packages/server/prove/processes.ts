import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

/** A process of the proof. */
export interface Running {
  readonly pid: number
  readonly child: ChildProcess
  /** What it wrote to stderr, the end of it. */
  readonly said: () => string
  /** SIGTERM, and waits for its end; after so many milliseconds (8,000) it is killed. */
  stop(patience?: number): Promise<void>
  kill(signal: NodeJS.Signals): void
  ended(): Promise<number | null>
}

/** Starts a file of this folder with what it is told, and waits until it says that it is ready. */
export async function start(
  file: 'issuer.ts' | 'service.ts' | 'floor.ts' | 'faults/guard.ts',
  setup: object,
  patience = 20_000,
  more: {
    readonly env?: Readonly<Record<string, string>>
    readonly began?: (pid: number) => void
    /** Of a group of its own: what ends ours does not end it. */
    readonly detached?: boolean
  } = {},
): Promise<Running> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['-C', 'curfew-source'],
    env: { ...process.env, ...more.env, PROVE_SETUP: JSON.stringify(setup) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: more.detached ?? false,
  })
  if (child.pid !== undefined) more.began?.(child.pid)
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-20_000)
  })
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const timer = new AbortController()
  const isReady = await Promise.race([
    once(child, 'message', { signal: timer.signal }).then(() => true),
    exit.then(() => false),
    new Promise<false>((late) =>
      AbortSignal.timeout(patience).addEventListener('abort', () => late(false), { once: true, signal: timer.signal }),
    ),
  ])
  timer.abort()
  if (!isReady) {
    child.kill('SIGKILL')
    throw new Error(`${file} did not start:\n${stderr}`)
  }
  return {
    pid: child.pid ?? 0,
    child,
    said: () => stderr,
    async stop(grace = 8000) {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), grace)
      await exit
      clearTimeout(late)
    },
    kill: (signal) => void child.kill(signal),
    ended: () => exit,
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
