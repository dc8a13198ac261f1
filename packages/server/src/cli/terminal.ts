import type { Readable, Writable } from 'node:stream'
import { withEnvFile } from './env-file.ts'

/** Where the command line reads and speaks, and how it is called off. Handed in, so that a test reads what a person would. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly env: NodeJS.ProcessEnv
  /** Seconds since 1970. */
  now(): number
  /** Calls after so many milliseconds; gives back how to call it off. */
  after(milliseconds: number, run: () => void): () => void
  /** Calls when somebody presses Ctrl-C, or asks the process to end; gives back how to listen no more. */
  onInterrupt(run: () => void): () => void
}

/** Ctrl-C, a supervisor, a terminal that is closed. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The terminal, or the pipes, of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process
  return {
    stdin,
    stdout,
    stderr,
    env: withEnvFile(env),
    now: () => Math.floor(Date.now() / 1000),
    after(milliseconds, run) {
      const timer = setTimeout(run, milliseconds)
      return () => clearTimeout(timer)
    },
    onInterrupt(run) {
      for (const signal of endings) process.on(signal, run)
      return () => {
        for (const signal of endings) process.off(signal, run)
      }
    },
  }
}
