import { clientCommands } from './client-commands.ts'
import type { Command, StreamCommand } from './command.ts'
import { doctorCommands } from './doctor-command.ts'
import { importCommand } from './import-command.ts'
import { ledgerCommands, tail } from './ledger-commands.ts'
import { outageCommands } from './outage-commands.ts'
import { serviceCommands } from './service-commands.ts'
import { sessionCommands } from './session-commands.ts'
import { userCommands } from './user-commands.ts'

/** Everything that the command line may ask of a server. What is not here does not exist. */
export const commands: Readonly<Record<string, Command>> = {
  ...userCommands,
  ...importCommand,
  ...clientCommands,
  ...serviceCommands,
  ...sessionCommands,
  ...ledgerCommands,
  ...outageCommands,
  ...doctorCommands,
}

export const streams: Readonly<Record<string, StreamCommand>> = { tail }
