import { askServer } from '../src/control/ask-server.ts'
import { controlPath } from '../src/control/control-path.ts'

/** Asks the issuer through its control socket, as the command line does. */
export async function command(name: string, args: Readonly<Record<string, unknown>>, database: string): Promise<unknown> {
  const path = controlPath(database)
  const answered = path === undefined ? undefined : await askServer(path, name, args)
  if (!answered) throw new Error(`nobody listens for commands about ${database}`)
  return answered.done
}
