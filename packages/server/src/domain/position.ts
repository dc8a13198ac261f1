declare const position: unique symbol

/** Where the ledger stood before anything that a birth rests on was looked at (P1). Only `Store.begin` makes one. */
export type Position = number & { readonly [position]: true }

/** The database's clock and the ledger's head, read together in one statement (M1, P5). */
export interface At {
  readonly now: number
  readonly head: number
}

/** The highest numbers that cut, or made stale, what belongs to a user, a client, everybody; 0 where nothing did. */
export interface Marks {
  readonly user: number
  readonly client: number
  readonly issuer: number
}

/** P2: whether something born at `pos` died by a cut. */
export function isCut(pos: number, cuts: Partial<Marks>): boolean {
  return pos < (cuts.user ?? 0) || pos < (cuts.client ?? 0) || pos < (cuts.issuer ?? 0)
}

/** P6: whether a token with the claim `seq` was minted before rights changed. */
export function isStale(seq: number, stales: Partial<Marks>): boolean {
  return isCut(seq, stales)
}
