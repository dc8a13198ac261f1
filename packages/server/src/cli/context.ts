import type { Command } from 'commander'
import type { Out } from './print.ts'
import type { Terminal } from './terminal.ts'

/** What each group of commands gets. */
export interface Context {
  readonly terminal: Terminal
  out(): Out
  /** Where the server, or the file, is. */
  place(): Place
  /** Asks the running server, or the file where nobody runs; `row` takes what comes before the answer. */
  ask<Answer>(command: string, args: Readonly<Record<string, unknown>>, row?: (value: unknown) => void): Promise<Answer>
  /** Tells an answer: as JSON, or in words, which may say with what exit code the command ends. */
  tell<Answer>(answer: Answer, words: (out: Out) => void, code?: number): void
}

/** What `--config` and `--database` said. */
export interface Place {
  readonly config?: string | undefined
  readonly database?: string | undefined
}

/** Shows how a command is used, below its help. */
export function examples(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nFor example:\n${lines.map((line) => `  ${line}`).join('\n')}`)
}
