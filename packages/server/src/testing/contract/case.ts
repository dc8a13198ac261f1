import type { Store } from '../../store/store.ts'

/** A store to be tested, and what can be done to it. */
export interface OpenStore {
  /** The present one: another one after `reopen`. */
  readonly store: Store
  /** Stops it, and takes away what it was kept in. */
  close(): Promise<void>
  /**
   * Where exactly one process serves (R1): stops as a process does that is asked to, or as one that is killed, and opens what it left behind.
   */
  reopen?(how: 'stopped' | 'killed'): Promise<void>
  /** Another process of the issuer on the same database, where there can be one. Closed with the rest. */
  node?(): Store
  /** Moves the store's clock and the process's on, where a test owns them. */
  advance?(milliseconds: number): void
}

/** What can be done to a store beside its port. */
export type Need = 'reopen' | 'advance' | 'node'

/** One thing that an adapter must do. */
export interface Case {
  /** With the ids of the rules that it shows. */
  readonly name: string
  readonly needs?: readonly Need[]
  run(opened: OpenStore): Promise<void>
}
