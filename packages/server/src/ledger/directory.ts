import type { Service } from '../domain/service.ts'
import type { Store } from '../store/store.ts'
import type { Directory } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { gather } from './gather.ts'

/** Milliseconds for which what was read is good enough. */
const FRESH = 1000

/** Reads the registered services at most once a second, however many verifiers show their keys. Who must know better asks for it. */
export function openDirectory({ store, world }: { store: Pick<Store, 'lists'>; world: World }): Directory {
  let known: { readonly services: readonly Service[]; readonly byId: ReadonlyMap<string, Service>; readonly at: number } | undefined
  const reads = gather<void, NonNullable<typeof known>>(async (asked) => {
    const at = world.monotonic()
    const services = await store.lists.services()
    const read = { services, byId: new Map(services.map((service) => [service.id, service])), at }
    known = read
    return asked.map(() => read)
  })
  const look = async (fresh = false): Promise<NonNullable<typeof known>> =>
    fresh || known === undefined || world.monotonic() - known.at > FRESH ? reads.ask() : known
  return {
    find: async (id, fresh) => (await look(fresh)).byId.get(id),
    all: async (fresh) => (await look(fresh)).services,
  }
}
