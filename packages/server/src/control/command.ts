import type { Services } from '../use-cases/needs.ts'

/** A command: arguments as JSON in, a JSON value out. */
export type Command = (args: Record<string, unknown>, services: Services) => Promise<unknown>

/** One that goes on until its reader has gone away. */
export type StreamCommand = (
  args: Record<string, unknown>,
  services: Services,
  to: { row(row: unknown): void; gone: AbortSignal },
) => Promise<unknown>
