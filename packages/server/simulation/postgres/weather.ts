import type { Chance } from '../chance.ts'

/** How the database and the way to it are in a run. Times in milliseconds. */
export interface DatabaseWeather {
  /** One way between a node and the database. */
  readonly way: readonly [number, number]
  /** From COMMIT's arrival until it is on the disk; only then anybody sees it. */
  readonly commit: readonly [number, number]
  /** How likely something else gets in between two statements that were sent together. */
  readonly gap: number
  /** How likely a statement takes long, and up to how long. Its transaction holds its locks meanwhile. */
  readonly slow?: readonly [number, number]
  /** How likely a connection breaks with a message: half of the time before it was carried out, half of the time after. */
  readonly broken?: number
  /** How likely a notification gets lost, and how likely it is late, and up to how late. */
  readonly wakesLost?: number
  readonly wakesLate?: readonly [number, number]
}

/** A database that is near and well. */
export const nearDatabase: DatabaseWeather = { way: [0.05, 0.4], commit: [0.1, 0.8], gap: 0.1 }

/** How long something takes: mostly the usual, sometimes up to the worst. */
export function takes(chance: Chance, usual: readonly [number, number], worst: readonly [number, number] | undefined): number {
  return worst && chance.happens(worst[0]) ? chance.next() * worst[1] : chance.between(usual[0], usual[1])
}
