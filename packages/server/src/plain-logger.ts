import { CurfewError } from './errors.ts'
import type { Logger } from './use-cases/needs.ts'

/** Those of pino, which `curfew serve` goes by: one setting does for both. */
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

/** What a library says when nobody handed in a logger: one JSON line each, on stderr; warnings and errors, or as much as CURFEW_LOG_LEVEL says. */
export function plainLogger(level: string = 'warn', write: (line: string) => void = (line) => void process.stderr.write(line)): Logger {
  const least = (levels as readonly string[]).indexOf(level)
  if (least < 0)
    throw new CurfewError(`CURFEW_LOG_LEVEL is ${JSON.stringify(level.slice(0, 40))}. It can be debug, info, warn, error or silent.`)
  const line = (of: (typeof levels)[number]): Logger['warn'] =>
    levels.indexOf(of) < least ? () => undefined : (facts, message) => write(`${JSON.stringify({ level: of, ...facts, msg: message })}\n`)
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}
