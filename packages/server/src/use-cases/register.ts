import type { Client } from '../domain/client.ts'
import type { Effect } from '../domain/effect.ts'
import type { Service } from '../domain/service.ts'
import { CurfewError } from '../errors.ts'
import { type Ended, type EndHow, end } from './end.ts'
import type { Services } from './needs.ts'

type Needs = Pick<Services, 'store' | 'confirmation' | 'signer' | 'log'>
type Put = { readonly outcome: 'put'; readonly effects: readonly Effect[] }

/** Writes down the clients and services of the configuration. What it named once and names no more gets nothing from now on. */
export async function registerConfigured(
  clients: readonly Omit<Client, 'cut' | 'stale'>[],
  services: readonly Service[],
  needs: Needs,
): Promise<void> {
  const { store } = needs
  for (const client of clients) await putClient(client, needs)
  for (const service of services) await putService(service, needs)
  for (const known of await store.lists.clients()) {
    if (known.from === 'config' && !known.disabled && !clients.some(({ id }) => id === known.id)) await withdrawClient(known, needs)
  }
  for (const known of await store.lists.services()) {
    if (known.from === 'config' && !services.some(({ id }) => id === known.id)) await removeService(known.id, needs)
  }
}

/** Registers a client, or changes its settings; its `cut` and `stale` stay. */
export async function putClient(client: Omit<Client, 'cut' | 'stale'>, { store }: Pick<Services, 'store'>): Promise<void> {
  await store.update<{ kind: 'client'; id: string }, Put>({ kind: 'client', id: client.id }, () => ({
    outcome: 'put',
    effects: [{ do: 'putClient', client }],
  }))
}

/** A client that is withdrawn: disabled, and all that it has ends. Its row stays, with the cut (P2). */
export async function withdrawClient(client: Client, needs: Needs, how: Pick<EndHow, 'wait' | 'reader'> = { wait: 0 }): Promise<Ended> {
  // L1: in one transaction. Disabled without the cut, it would come back with all that it had when it is registered again.
  const disabled = { do: 'putClient', client: { ...client, disabled: true } } as const
  return end({ client: client.id }, { ...how, why: 'admin', with: [disabled] }, needs)
}

type PutService = Put | { readonly outcome: 'taken'; readonly other: string; readonly effects: readonly [] }

/** Registers a service, or changes its settings. */
export async function putService(service: Service, { store }: Pick<Services, 'store'>): Promise<void> {
  const verdict = await store.update<{ kind: 'service'; id: string }, PutService>({ kind: 'service', id: service.id }, (held) => {
    // A name in the configuration and at the command line: the one who comes second is told.
    if (held.service && held.service.from !== service.from) return { outcome: 'taken', other: held.service.from, effects: [] }
    const secret = service.secret ?? held.service?.secret
    return { outcome: 'put', effects: [{ do: 'putService', service: secret === undefined ? service : { ...service, secret } }] }
  })
  if (verdict.outcome === 'taken') {
    throw new CurfewError(
      `The service ${service.id} is registered by the ${verdict.other === 'cli' ? 'command line' : 'configuration'} already. Choose another name, or remove it there.`,
    )
  }
}

/** Removes a service. Its verifiers get no lease any more; what they hold runs out (F7). */
export async function removeService(id: string, { store }: Pick<Services, 'store'>): Promise<boolean> {
  const verdict = await store.update<{ kind: 'service'; id: string }, { outcome: 'removed' | 'unknown'; effects: Effect[] }>(
    { kind: 'service', id },
    (held) => (held.service ? { outcome: 'removed', effects: [{ do: 'removeService', id }] } : { outcome: 'unknown', effects: [] }),
  )
  return verdict.outcome === 'removed'
}
