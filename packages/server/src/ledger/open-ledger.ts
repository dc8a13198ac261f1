import type { Settings } from '../domain/settings.ts'
import type { Store } from '../store/store.ts'
import type { Directory, Followers, Logger } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { type OpenConfirmation, openConfirmation } from './confirmation.ts'
import { type Copy, openCopy } from './copy.ts'
import { openDirectory } from './directory.ts'
import { openFollowers } from './followers.ts'
import { type Housekeeping, openHousekeeping } from './housekeeping.ts'
import { openWatches } from './watches.ts'

/** The logout protocol at work in one node. */
export interface OpenLedger {
  readonly directory: Directory
  readonly followers: Followers
  readonly confirmation: OpenConfirmation
  readonly copy: Copy
  /** `start` also makes the copy follow the store. */
  readonly housekeeping: Housekeeping
  /** R1, a clean stop, before the store is closed: answers whoever is held, tells whoever waits for a confirmation how it stands, ends all timers. */
  stop(): Promise<void>
}

/** How long a clean stop waits for confirmations that are under way, in milliseconds. */
const GRACE = 300

/** Puts the parts together. Nothing runs by itself before `housekeeping.start()`. */
export function openLedger(parts: {
  store: Store
  world: World
  settings: Pick<Settings, 'issuer' | 'maxAccessLifetime'> & Partial<Pick<Settings, 'spares'>>
  log: Logger
}): OpenLedger {
  const { store, world, settings, log } = parts
  const { ledger, lists } = store
  const directory = openDirectory({ store, world })
  const copy = openCopy({ ledger, world, log })
  const followers = openFollowers({ ledger, copy, directory, world, log, spares: settings.spares ?? 0 })
  const watches = openWatches({ ledger, directory, world, log })
  const confirmation = openConfirmation({ ledger, lists, watches, directory, world, settings, log })
  const upkeep = openHousekeeping({ ledger, store, world, log })
  const housekeeping: Housekeeping = {
    start() {
      copy.start()
      upkeep.start()
    },
    async stop() {
      copy.stop()
      await upkeep.stop()
    },
  }
  return {
    ...{ directory, followers, confirmation, copy, housekeeping },
    async stop() {
      // Healthy verifiers acknowledge within milliseconds, so what is under way is confirmed first. After `drain` nobody acknowledges here.
      const { promise, resolve } = Promise.withResolvers<void>()
      const cancel = world.after(GRACE, resolve)
      await Promise.race([confirmation.idle(), promise])
      cancel()
      await followers.drain()
      await confirmation.hurry()
      watches.stop()
      await housekeeping.stop()
    },
  }
}
