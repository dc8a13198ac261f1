import type { CastOptions } from './cast.ts'
import type { Chance } from './chance.ts'
import type { Weather } from './network.ts'
import type { DatabaseWeather } from './postgres/weather.ts'
import type { Stage } from './stage.ts'

/** How a run is set up, chosen by its seed. */
export interface Setting extends CastOptions {
  readonly verifiers: number
  readonly weather: Weather
  /** Of the issuer and of verifiers: how likely a stop at each step, and for how long at most. */
  readonly issuerPauses?: readonly [number, number]
  readonly verifierPauses?: readonly [number, number]
  /** How long a step of the issuer takes, in milliseconds. */
  readonly steps?: readonly [number, number]
  /** Clock rates as far apart as D1 allows. */
  readonly drift?: boolean
  /** How wrong the verifiers' wall clocks may be, in milliseconds. */
  readonly wallError?: number
  /** Nothing goes wrong: no good token may be refused at all, no sign-out waits for longer than this. */
  readonly healthyWait?: number
  /** What goes wrong costs nobody a lease: no good token may be refused for want of one. */
  readonly allGood?: boolean
  /** The longest lease that is given in the run, where it changes. */
  readonly longestLeaseMs?: number
  /** What timers, polls and steps may add to the longest wait, in milliseconds; reckoned from the steps otherwise. */
  readonly slack?: number
  /** True milliseconds. */
  readonly lasts: number
  /** Whether there is a verifier in the issuer's own process, too. */
  readonly inside?: boolean
  /** Whether all verifiers are processes of one service. */
  readonly sharing?: boolean
  /** Whether what is asked of the database takes a step before it is carried out, too. */
  readonly slowQueries?: boolean
  /** How long some work waits for the database before it is carried out, at most, in milliseconds. */
  readonly waits?: { readonly update?: number; readonly rows?: number; readonly forget?: number }
  /** How likely a step takes much longer, and up to how many milliseconds. */
  readonly longSteps?: readonly [number, number]
  /** Whether verifiers take answers to requests that they gave up. */
  readonly takesLateAnswers?: boolean
  /** Whether verifiers keep spare requests at the issuer (F8). */
  readonly spareRequests?: boolean
  /** In so many leases one request to follow, or its answer, gets lost without a word. */
  readonly losesOneIn?: number
  /** How long people take for what they do, beside what the story says: less than 1 is faster. */
  readonly pace?: number
  /** What part of all that a story waits it waits in a lean run. */
  readonly quick?: number
  /** How likely a request to follow gets nowhere, while other ones do. */
  readonly followsLost?: number
  /** Where there are nodes: how their database is, beside near and well. */
  readonly database?: Partial<DatabaseWeather>
  readonly databasePauses?: readonly [number, number]
  /** Where there are nodes: among how many of them the balancer looks for one that listens. All, if it is not said. */
  readonly looks?: number
  /** How likely an entry is told as one of a sort that is not known yet. */
  readonly newSorts?: number
}

/** A cast and its story. The cast is chosen; when things happen, and what goes wrong, is up to the seed. */
export interface Scenario {
  readonly name: string
  readonly story: string
  /** The rules that it looks at: names of protocol.md. */
  readonly rules: readonly string[]
  /** How many of the seeds it gets, beside the others' 1. */
  readonly weight?: number
  /** What part of its time a lean run has (scenarios/lean.ts), where it begins with some time in which nothing happens; 1: as it is, unhurried. */
  readonly lean?: number
  setting(chance: Chance): Setting
  play(stage: Stage): Promise<void> | void
}

/** A network that is fast and loses nothing. */
export const calm: Weather = { delay: [0.2, 1.5], late: 0, lateness: 0, lost: 0, twice: 0 }

/** A network in which everything happens; `lateness` in milliseconds. */
export function rough(lateness: number, lost = 0.04): Weather {
  return { delay: [0.2, 3], late: 0.15, lateness, lost, twice: 0.05 }
}
