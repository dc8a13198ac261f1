import type { Store } from '../store/store.ts'

export interface OpenStore {
  readonly store: Store
  close(): Promise<void>
}
/** What every adapter must do. */
export function storeContract(_name: string, _open: () => Promise<OpenStore>): void {}
