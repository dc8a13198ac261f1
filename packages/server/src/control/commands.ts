import type { Services } from '../use-cases/needs.ts'
import { clientCommands } from './client-commands.ts'
import { ledgerCommands, tail } from './ledger-commands.ts'
import { serviceCommands } from './service-commands.ts'
import { sessionCommands } from './session-commands.ts'
import { userCommands } from './user-commands.ts'

/** A command: arguments as JSON in, a JSON value out. */
export type Command = (args: Record<string, unknown>, services: Services) => Promise<unknown>

/** One that goes on until its reader has gone away. */
export type StreamCommand = (
  args: Record<string, unknown>,
  services: Services,
  to: { row(row: unknown): void; gone: AbortSignal },
) => Promise<unknown>

/** Everything that the command line may ask of a server. What is not here does not exist. */
export const commands: Readonly<Record<string, Command>> = {
  ...userCommands,
  ...clientCommands,
  ...serviceCommands,
  ...sessionCommands,
  ...ledgerCommands,
}

export const streams: Readonly<Record<string, StreamCommand>> = { tail }
