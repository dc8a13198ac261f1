import type { Logger } from './use-cases/needs.ts'

/** What a library says when nobody handed in a logger: warnings and errors, one JSON line each, on stderr. */
export function plainLogger(write: (line: string) => void = (line) => void process.stderr.write(line)): Logger {
  const line = (level: string) => (facts: object, message?: string) => write(`${JSON.stringify({ level, ...facts, msg: message })}\n`)
  const nothing = (): void => undefined
  return { debug: nothing, info: nothing, warn: line('warn'), error: line('error') }
}
