import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { main } from '../../src/cli/main.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

/** What a command came to. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** How it is run; timers run by themselves only where `after` says so. */
export interface Given {
  readonly input?: string | readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** A person sits there. */
  readonly tty?: boolean
  readonly after?: Terminal['after']
  /** Is handed how to press Ctrl-C. */
  readonly interrupt?: (press: () => void) => void
  readonly heard?: (stream: 'stdout' | 'stderr', text: string) => void
}

/** Runs a command in this process, as a stranger would in a terminal or a pipe. */
export async function curfew(argv: readonly string[], given: Given = {}): Promise<Ran> {
  const said = { stdout: '', stderr: '' }
  const speak = (stream: 'stdout' | 'stderr') =>
    Object.assign(
      new Writable({
        decodeStrings: false,
        write(text, _encoding, done) {
          said[stream] += text
          given.heard?.(stream, String(text))
          done()
        },
      }),
      { isTTY: given.tty ?? false, columns: 80 },
    )
  const interrupts = new Set<() => void>()
  given.interrupt?.(() => {
    for (const one of interrupts) one()
  })
  const stdin = Object.assign(Readable.from(typed(given.input)), { isTTY: given.tty ?? false, setRawMode: () => undefined })
  const terminal: Terminal = {
    stdin,
    stdout: speak('stdout'),
    stderr: speak('stderr'),
    env: given.env ?? {},
    now: () => Math.floor(Date.now() / 1000),
    after: given.after ?? (() => () => undefined),
    onInterrupt(run) {
      interrupts.add(run)
      return () => interrupts.delete(run)
    },
  }
  const code = await main(argv, terminal)
  return { code, ...said }
}

function typed(input: Given['input'] = ''): readonly string[] {
  return typeof input === 'string' ? [input] : input
}

/** A folder of its own, gone afterwards. */
export function scratch(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-cli-'))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Starts the command line as a process of its own. */
export function spawnCurfew(argv: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): ChildProcess {
  const file = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CURFEW_')))
  return spawn(process.execPath, ['-C', 'curfew-source', file, ...argv], {
    cwd: options.cwd,
    env: { ...inherited, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** What a process says, and how it ends. */
export function listen(child: ChildProcess): { ended: Promise<Ran>; until(text: string): Promise<void> } {
  const said = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
      for (const look of waiting) look()
    })
  }
  const ended = new Promise<Ran>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code: code ?? -1, ...said, ...(signal ? { stderr: `${said.stderr}(${signal})` } : {}) })
      for (const look of waiting) look()
    })
  })
  return {
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (said.stdout.includes(text) || said.stderr.includes(text)) resolve()
          else if (child.exitCode !== null || child.signalCode !== null) reject(new Error(`it ended: ${said.stdout}${said.stderr}`))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
  }
}
