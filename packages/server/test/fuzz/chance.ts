/** Numbers that are the same for the same seed, and what is drawn from them. */
export interface Chance {
  /** From 0 to 1. */
  next(): number
  /** A whole number below. */
  below(most: number): number
  pick<T>(list: readonly T[]): T
  /** True so often. */
  is(share: number): boolean
  bytes(length: number): Buffer
}

/** A Weyl sequence, mixed. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
  const below = (most: number): number => Math.floor(next() * most)
  return {
    next,
    below,
    pick: (list) => list[below(list.length)]!,
    is: (share) => next() < share,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  }
}
