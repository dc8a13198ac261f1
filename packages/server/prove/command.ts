import { askServer } from '../src/control/ask-server.ts'
import { controlPath } from '../src/control/control-path.ts'
import { perform } from '../src/control/open-control.ts'
import { openOffline } from '../src/create-curfew.ts'

/** Asks the issuer what the command line may ask. */
export interface Commands {
  ask(name: string, args: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): Promise<void>
}

/** Through the control socket beside the file. */
export function commandsOfFile(database: string): Commands {
  return {
    async ask(name, args) {
      const path = controlPath(database)
      const answered = path === undefined ? undefined : await askServer(path, name, args)
      if (!answered) throw new Error(`nobody listens for commands about ${database}`)
      return answered.done
    },
    close: async () => undefined,
  }
}

/** On PostgreSQL the command line opens the database itself, as one more node; here one stays open for all commands. */
export async function commandsOfPostgres(database: string, secret: string): Promise<Commands> {
  const nothing = (): void => undefined
  const { services, close } = await openOffline(database, {
    secret,
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  })
  const to = { row: nothing, gone: new AbortController().signal }
  return { ask: (name, args) => perform(name, args, services, to), close }
}
