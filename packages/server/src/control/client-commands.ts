import type { Client } from '../domain/client.ts'
import { CurfewError } from '../errors.ts'
import { type ClientOptions, readClient } from '../registration.ts'
import type { Services } from '../use-cases/needs.ts'
import { randomSecret } from '../use-cases/random-id.ts'
import { putClient, withdrawClient } from '../use-cases/register.ts'
import { number, text } from './arguments.ts'
import type { Command } from './command.ts'
import { outcome } from './outcome.ts'

/** `curfew clients …` */
export const clientCommands: Readonly<Record<string, Command>> = {
  'clients.add': async (args, services) => {
    const { confidential, ...options } = args
    const known = await find(text(args, 'id'), services)
    if (known && !known.disabled)
      throw new CurfewError(
        `There is a client ${known.id} already. Choose another id, or remove it first: curfew clients remove ${known.id}`,
      )
    // Shown once; what is stored is its hash.
    const secret = confidential === true ? randomSecret(services.world) : undefined
    const client = readClient({ ...(options as unknown as ClientOptions), ...(secret === undefined ? {} : { secret }) })
    if (client.accessLifetime * 1000 > 0) await services.store.ledger.raiseMaxTtl(client.accessLifetime * 1000) // M3: before the first longer token
    await putClient(client, services)
    return { ...shown({ ...client, cut: 0, stale: 0 }), ...(secret === undefined ? {} : { secret }) }
  },
  'clients.list': async (_, { store }) => (await store.lists.clients()).filter(({ disabled }) => !disabled).map(shown),
  'clients.remove': async (args, services) => {
    const client = await find(text(args, 'id'), services)
    if (!client || client.disabled) throw new CurfewError(`There is no client ${text(args, 'id')}. Which there are: curfew clients list`)
    if (client.from === 'config')
      throw new CurfewError(`The client ${client.id} stands in the configuration. Remove it there, and restart.`)
    return outcome(await withdrawClient(client, services, { wait: number(args, 'wait'), reader: 'operator' }))
  },
}

async function find(id: string, { store }: Services): Promise<Client | undefined> {
  return (await store.lists.clients()).find((client) => client.id === id)
}

function shown(client: Client): Record<string, unknown> {
  const { id, name, authentication, grants, scopes, redirectUris, accessLifetime, from } = client
  return { id, name, authentication, grants, scopes, redirect_uris: redirectUris, access_lifetime: accessLifetime, from }
}
