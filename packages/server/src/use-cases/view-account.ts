import type { Instant } from '../domain/instant.ts'
import type { ClientId, Subject } from '../domain/names.ts'
import { scopesOf } from '../domain/scope.ts'
import type { Consent } from '../store/store.ts'
import { listSessions } from './list-sessions.ts'
import type { Services } from './needs.ts'

/** What a user's account page shows: where they are signed in, and how the clients that they allowed to go on are called. */
export interface Account extends Awaited<ReturnType<typeof listSessions>> {
  readonly clientNames: ReadonlyMap<ClientId, string>
  /** Clients that they allowed something, and can take it back from: those that are not asked for have it anyway. */
  readonly allowed: readonly Allowance[]
  /** What the application calls its own user. */
  readonly name?: string
}

/** What a user allowed one client, wherever that is. */
export interface Allowance {
  readonly clientId: ClientId
  readonly name: string
  readonly hosts: readonly string[]
  readonly scopes: readonly string[]
  readonly since: Instant
}

/** Reads it. */
export async function viewAccount(sub: Subject, needs: Pick<Services, 'store' | 'accounts'>): Promise<Account> {
  const { accounts, store } = needs
  const [devices, consents, rights] = await Promise.all([
    listSessions(sub, needs),
    store.lists.consents(sub),
    // Only for the heading: where the application's accounts do not answer, signing a device out must work all the same.
    accounts.builtIn ? undefined : called(() => accounts.find(sub)),
  ])
  const clients = devices.offline.length + consents.length > 0 ? await store.lists.clients() : []
  const clientNames = new Map(clients.map(({ id, name }) => [id, name]))
  const asked = new Set(clients.flatMap(({ id, consent, disabled }) => (consent === 'skip' || disabled ? [] : [id])))
  const allowed = [...Map.groupBy(consents, ({ clientId }) => clientId)].flatMap(([clientId, all]) =>
    asked.has(clientId) ? [{ clientId, name: clientNames.get(clientId) ?? clientId, ...together(all) }] : [],
  )
  const name = rights?.name
  return { ...devices, clientNames, allowed, ...(name === undefined ? {} : { name }) }
}

function together(all: readonly Consent[]): Pick<Allowance, 'hosts' | 'scopes' | 'since'> {
  return {
    hosts: [...new Set(all.map(({ redirectHost }) => redirectHost))],
    scopes: [...new Set(all.flatMap(({ scope }) => scopesOf(scope)))],
    since: Math.min(...all.map(({ at }) => at)),
  }
}

/** A function of the application's that may throw at once, too. */
async function called<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch {
    return undefined
  }
}
