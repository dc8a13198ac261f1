import type { Known, Run } from './statement.ts'
import { append } from './statements/append.ts'
import { begin } from './statements/begin.ts'
import { lists } from './statements/lists.ts'
import { loads } from './statements/loads.ts'
import { rest } from './statements/rest.ts'
import { state } from './statements/state.ts'
import { steps } from './statements/steps.ts'
import { verifiers } from './statements/verifiers.ts'

const all: readonly Known[] = [...loads, ...steps, ...append, ...begin, ...verifiers, ...state, ...lists, ...rest]

/** The adapter sends what the simulated database was not taught: it is to be written down in simulation/postgres/statements. */
export class UnknownStatementError extends Error {
  constructor(text: string) {
    super(`The simulated PostgreSQL does not know this statement: ${text}`)
    this.name = 'UnknownStatementError'
  }
}

const made = new Map<string, Run>()

/** How a statement is carried out, by its text. */
export function runOf(sent: string): Run {
  const known = made.get(sent)
  if (known) return known
  const text = sent.replace(/\s+/g, ' ').trim()
  const found = all.find(({ is }) => is.test(text))
  if (!found) throw new UnknownStatementError(text)
  const run = found.make(text)
  made.set(sent, run)
  return run
}
