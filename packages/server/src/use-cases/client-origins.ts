import type { Services } from './needs.ts'

/** How long the list is kept: a page of any origin may ask, a client is registered rarely. */
const keptFor = 5_000

/** Says whether a client that is not disabled registered this origin for calls from browsers (contract §6). */
export function createClientOrigins({ store, world }: Pick<Services, 'store' | 'world'>): (origin: string) => Promise<boolean> {
  let known: { readonly origins: Promise<ReadonlySet<string>>; readonly since: number } | undefined
  return async (origin) => {
    if (!known || world.monotonic() - known.since >= keptFor) {
      const reading = { origins: read(), since: world.monotonic() }
      known = reading
      reading.origins.catch(() => {
        if (known === reading) known = undefined
      })
    }
    return (await known.origins).has(origin)
  }

  async function read(): Promise<ReadonlySet<string>> {
    const clients = await store.lists.clients()
    return new Set(clients.flatMap((client) => (client.disabled ? [] : client.origins)))
  }
}
