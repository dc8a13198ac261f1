import type { Chance } from '../chance.ts'
import type { Process } from '../machine.ts'
import type { Locks } from './locks.ts'
import type { Session } from './session.ts'
import type { Result } from './statement.ts'
import type { Scope, Steps, Storage, Transaction } from './transaction.ts'
import type { DatabaseWeather } from './weather.ts'

/** What a connection of the server works with. */
export interface SessionNeeds {
  readonly process: Process
  readonly storage: Storage
  readonly locks: Locks
  readonly chance: Chance
  readonly weather: DatabaseWeather
  /** What is sent instead, where a part is broken. */
  readonly rewritten: (text: string) => string
  /** Runs a statement in another way, where a part is broken. */
  readonly instead?: ((text: string, scope: Scope, run: () => Result | Steps<Result>) => Result | Steps<Result>) | undefined
  /** Sessions of nodes that say that they run. */
  readonly nodes: Set<Session>
  readonly committed: (transaction: Transaction) => void
  /** The server closes the connection. */
  readonly close: (error: Error) => void
}
