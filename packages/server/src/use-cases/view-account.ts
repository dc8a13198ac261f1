import type { ClientId, Subject } from '../domain/names.ts'
import { listSessions } from './list-sessions.ts'
import type { Services } from './needs.ts'

/** What a user's account page shows: where they are signed in, and how the clients that they allowed to go on are called. */
export interface Account extends Awaited<ReturnType<typeof listSessions>> {
  readonly clientNames: ReadonlyMap<ClientId, string>
  /** What the application calls its own user. */
  readonly name?: string
}

/** Reads it. */
export async function viewAccount(sub: Subject, needs: Pick<Services, 'store' | 'accounts'>): Promise<Account> {
  const { accounts, store } = needs
  const [devices, rights] = await Promise.all([
    listSessions(sub, needs),
    // Only for the heading: where the application's accounts do not answer, signing a device out must work all the same.
    accounts.builtIn ? undefined : called(() => accounts.find(sub)),
  ])
  const clients = devices.offline.length > 0 ? await store.lists.clients() : []
  const name = rights?.name
  return { ...devices, clientNames: new Map(clients.map(({ id, name }) => [id, name])), ...(name === undefined ? {} : { name }) }
}

/** A function of the application's that may throw at once, too. */
async function called<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch {
    return undefined
  }
}
