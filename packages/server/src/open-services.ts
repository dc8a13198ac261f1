import { openLimitKeys } from './keys/limit-keys.ts'
import { openKeys } from './keys/open-keys.ts'
import { openLedger } from './ledger/open-ledger.ts'
import { openIntrospectionBudget } from './use-cases/introspection-budget.ts'
import { openLimiter } from './use-cases/limiter.ts'
import type { Services } from './use-cases/needs.ts'

/** What services are made of: an open store, and what its owner hands in. */
export type ServiceParts = Pick<Services, 'settings' | 'world' | 'store' | 'accounts' | 'passwords' | 'log'> & {
  readonly masterSecret: Uint8Array
  readonly mail?: Services['mail']
  /** The logout protocol; the simulator hands in ones that break a rule. */
  readonly openLedger?: typeof openLedger
  /** The simulator hands in keys that it knows already: opening them takes longer than one of its runs. */
  readonly openKeys?: typeof openKeys
}

/** Everything that requests and commands are served with, over an open store. */
export async function openServices(parts: ServiceParts): Promise<{ services: Services; stop(): Promise<void> }> {
  const { masterSecret, openLedger: open = openLedger, openKeys: unlock = openKeys, ...given } = parts
  const { store, settings, world } = given
  // M3: raised before the first longer token can be made.
  await store.ledger.raiseMaxTtl(settings.maxAccessLifetime * 1000)
  const { stop: stopKeys, ...keys } = await unlock({ store, settings, world, masterSecret })
  const limiter = openLimiter({ limits: settings.limits, proxies: settings.proxies, store, world, keyOf: openLimitKeys(masterSecret) })
  const { directory, followers, confirmation, housekeeping, stop } = open(given)
  housekeeping.start()
  return {
    services: { ...given, ...keys, limiter, introspections: openIntrospectionBudget(world), directory, followers, confirmation },
    async stop() {
      stopKeys?.()
      await stop()
    },
  }
}
