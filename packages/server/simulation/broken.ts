import type { Chance } from './chance.ts'
import type { Violation } from './checker.ts'
import type { IssuerParts } from './issuer-parts.ts'
import type { Machine, Process } from './machine.ts'
import type { Network, Weather } from './network.ts'
import type { createDatabaseServer } from './postgres/server.ts'
import type { Setting } from './scenario.ts'
import type { VerifierMade } from './verifier.ts'

/** What a broken part may look at while it stands in. */
export interface BrokenNeeds {
  readonly chance: Chance
  readonly setting: Setting
  readonly network: Network
  readonly now: () => number
  /** By name, once they are there. */
  readonly machines: ReadonlyMap<string, Machine>
}

/** What a broken part may do to the database of many nodes: send other statements, or carry them out otherwise. */
export type DatabaseBroken = NonNullable<Parameters<typeof createDatabaseServer>[0]['broken']>

/** Parts in the place of the product's. */
export interface Replaced {
  readonly issuer?: Partial<IssuerParts>
  readonly database?: DatabaseBroken
  readonly verifier?: (process: Process, name: string) => Partial<VerifierMade>
}

/** A part that breaks one rule, to see that the checker notices. */
export interface Broken {
  /** The name in protocol.md. */
  readonly name: string
  /** The rule that it breaks. */
  readonly rule: string
  /** What it does wrong, in a sentence. */
  readonly wrong: string
  /** The scenario whose story it is. */
  readonly scenario: string
  /** Which promises; where nothing is said, those of safety. */
  readonly breaks?: readonly Violation['promise'][]
  readonly weather?: Weather
  /** Called for each run. */
  replace(needs: BrokenNeeds): Replaced
}
