import { unreadEnvFile } from './keys/master-secret.ts'
import { requireSecretOf } from './keys/ring.ts'
import type { SealedKey, Store } from './store/store.ts'

/**
 * A file can be asked at once whether its keys open, before anybody gets an application whose every sign-in would fail. Of PostgreSQL it is
 * said once it has answered. `isGiven`: whoever set a secret need not be told where one may be.
 */
export function requireSecret(store: Store, secret: (hasKeys: boolean) => Uint8Array, isGiven: boolean): void {
  const keys = (store.keys as { allNow?: () => readonly SealedKey[] }).allNow?.() ?? []
  if (keys.length === 0) return
  try {
    requireSecretOf(keys, secret(true), isGiven ? '' : unreadEnvFile())
  } catch (error) {
    store.close().catch(() => undefined) // synchronous with a file: whoever starts again finds it free
    throw error
  }
}
