import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The repository's own root. */
export const root: string = fileURLToPath(new URL('../', import.meta.url))

export interface Ran {
  readonly code: number
  readonly output: string
  readonly stdout: string
  readonly seconds: number
  /** It said nothing more in the time that it had, and was ended. */
  readonly timedOut: boolean
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly seconds?: number
  /** Show what it says while it says it. */
  readonly show?: boolean
}

const running = new Set<ChildProcess>()

/** Ends a command and everything that it started; it has a process group of its own. */
function end(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
  } catch {
    // It had already ended.
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of running) end(child)
    process.exit(1)
  })
}

/** Runs a program to its end, within its time, and gives what it said. */
export function runCommand(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { cwd = root, env = process.env, seconds = 300, show = false } = options
  const begin = performance.now()
  return new Promise((resolve) => {
    const isWindows = process.platform === 'win32'
    // There npm is a script of the shell's.
    const shell = isWindows && /^np[mx]$/.test(program)
    const child = spawn(program, args, { cwd, env, shell, detached: !isWindows, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let [output, stdout, timedOut] = ['', '', false]
    const timer = setTimeout(() => {
      timedOut = true
      end(child)
    }, seconds * 1000)
    const done = (code: number) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ code, output, stdout, timedOut, seconds: (performance.now() - begin) / 1000 })
    }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      stdout += text
      if (show) process.stdout.write(text)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (show) process.stderr.write(text)
    })
    child.on('error', (error) => {
      output += `${error.message}\n`
      done(127)
    })
    child.on('close', (code) => done(code ?? 1))
  })
}

/** The same for TypeScript of ours, by the Node that runs this. */
export function runNode(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return runCommand(process.execPath, ['-C', 'curfew-source', ...args], options)
}

/** Does all of this, at most so many at a time. */
export async function inParallel<T>(atOnce: number, all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const waiting = [...all]
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await act(next)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
}
