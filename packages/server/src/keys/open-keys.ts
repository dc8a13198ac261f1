import type { Settings } from '../domain/settings.ts'
import type { Store } from '../store/store.ts'
import type { RefreshTokens, Sealer, Signer } from '../use-cases/needs.ts'
import type { World } from '../world.ts'
import { macRefreshTokens } from './refresh-token-mac.ts'
import { openRing } from './ring.ts'
import { openSealer } from './sealer.ts'
import { openSigner } from './signer.ts'

/** What is made with the issuer's keys. */
export interface OpenKeys {
  readonly signer: Signer
  readonly refreshTokens: RefreshTokens
  readonly sealer: Sealer
  /** Looks for keys of other nodes no more. */
  readonly stop?: () => void
}

/** Opens the keys of the database, making them at the first start. */
export async function openKeys(parts: {
  store: Pick<Store, 'keys'>
  masterSecret: Uint8Array
  world: World
  settings: Pick<Settings, 'issuer'>
}): Promise<OpenKeys> {
  const { store, masterSecret, world, settings } = parts
  const ring = await openRing({ keys: store.keys, masterSecret, world })
  return {
    signer: openSigner(ring, settings),
    refreshTokens: macRefreshTokens(ring.refreshMacs, ring.missed),
    sealer: openSealer(ring.seals, world, ring.missed),
    stop: ring.stop,
  }
}
