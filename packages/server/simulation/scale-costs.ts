/**
 * What things cost, in microseconds of one core, as `npm run bench -- fleet` measured them (docs/scale.md says on what and when). The one place
 * where the scale form of the simulator has its figures from.
 */
export interface Costs {
  /** A node: one request to follow, from its bytes to its answer's; the client's side of it where the fleet is on the same machine. */
  readonly follow: number
  readonly client: number
  /** A node: a sign-out from its bytes to its answer's, without anything that grows with the fleet. */
  readonly signOut: number
  /** A node: each statement that it sends, with its answer. */
  readonly statement: number
  /** A node: each row that a look at verifiers returns; each row that a receipt is made of. */
  readonly lookRow: number
  readonly receiptRow: number
  /** PostgreSQL: a transaction that ends something; F1, and each row in it; a reading of the ledger. */
  readonly commit: number
  readonly beat: number
  readonly beatRow: number
  readonly read: number
  /** PostgreSQL: a look at verifiers, each row that it passes over, each that it returns. */
  readonly look: number
  readonly passRow: number
  readonly returnRow: number
  /** The head's row lock is held for the transaction and for this long, a round trip between node and database. */
  readonly headHeld: number
}

/** Two shared virtual cores, Node 24, PostgreSQL 15. */
export const measured: Costs = {
  ...{ follow: 55, client: 22, signOut: 3200, statement: 180, lookRow: 2.5, receiptRow: 4 },
  ...{ commit: 2200, beat: 250, beatRow: 18, read: 60, look: 60, passRow: 0.1, returnRow: 1.2, headHeld: 1000 },
}
