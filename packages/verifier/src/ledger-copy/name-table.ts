/** Names that are dead, each with the second until which it must be remembered. */
export interface NameTable {
  add(name: string, until: number): void
  has(name: string): boolean
  /** Forgets what need not be remembered after this second (E3). */
  forget(horizon: number): void
  size(): number
}

const exactUpTo = 10_000
const randomName = /^[A-Za-z0-9_-]{22}$/

/**
 * Makes an empty table. Exact up to 10,000 names; beyond that it keeps eight bytes of each random name in 16 or so bytes of memory: a
 * false hit refuses (chance below 1e-11), never accepts (Covered). A name that is not 16 random bytes stays exact.
 */
export function makeNameTable(limit: number = exactUpTo): NameTable {
  const exact = new Map<string, number>()
  let prints: Prints | undefined
  return {
    add(name, until) {
      if (prints === undefined && exact.size >= limit) {
        prints = makePrints(exact.size * 2)
        for (const [each, itsUntil] of exact) {
          if (!randomName.test(each)) continue
          prints.add(each, itsUntil)
          exact.delete(each)
        }
      }
      if (prints !== undefined && randomName.test(name)) prints.add(name, until)
      else exact.set(name, Math.max(until, exact.get(name) ?? 0))
    },
    has: (name) => exact.has(name) || (prints !== undefined && randomName.test(name) && prints.has(name)),
    forget(horizon) {
      for (const [name, until] of exact) if (until <= horizon) exact.delete(name)
      prints = prints?.without(horizon)
    },
    size: () => exact.size + (prints?.size() ?? 0),
  }
}

interface Prints {
  add(name: string, until: number): void
  has(name: string): boolean
  without(horizon: number): Prints
  size(): number
  put(high: number, low: number, until: number): void
}

/** Open addressing over three columns of 32 bits: two for the name, one for `until` (0: a free slot). */
function makePrints(expected: number): Prints {
  let mask = 1
  while (mask < expected * 1.5) mask *= 2
  let highs = new Uint32Array(mask)
  let lows = new Uint32Array(mask)
  let untils = new Uint32Array(mask)
  mask--
  let count = 0

  const slotOf = (high: number, low: number): number => {
    let slot = (high ^ low) & mask // random names: their bits are as good as any hash
    while (untils[slot] !== 0 && (highs[slot] !== high || lows[slot] !== low)) slot = (slot + 1) & mask
    return slot
  }
  const put = (high: number, low: number, until: number): void => {
    const slot = slotOf(high, low)
    if (untils[slot] === 0) count++
    highs[slot] = high
    lows[slot] = low
    untils[slot] = Math.max(untils[slot]!, Math.min(until, 0xffffffff))
    if (count * 4 > mask * 3) grow()
  }
  const grow = (): void => {
    const before = { highs, lows, untils }
    mask = mask * 2 + 1
    highs = new Uint32Array(mask + 1)
    lows = new Uint32Array(mask + 1)
    untils = new Uint32Array(mask + 1)
    count = 0
    for (let slot = 0; slot < before.untils.length; slot++) {
      if (before.untils[slot] !== 0) put(before.highs[slot]!, before.lows[slot]!, before.untils[slot]!)
    }
  }
  return {
    add: (name, until) => put(fingerprint(name, 0), fingerprint(name, 6), Math.max(until, 1)),
    has: (name) => untils[slotOf(fingerprint(name, 0), fingerprint(name, 6))] !== 0,
    without(horizon) {
      let left = 0
      for (const until of untils) if (until > horizon) left++
      if (left === count) return this
      const next = makePrints(left)
      for (let slot = 0; slot < untils.length; slot++) {
        if (untils[slot]! > horizon) next.put(highs[slot]!, lows[slot]!, untils[slot]!)
      }
      return next
    },
    size: () => count,
    put,
  }
}

/** 32 bits of a random name: six characters of base64url hold 36. */
function fingerprint(name: string, from: number): number {
  let bits = 0
  for (let index = from; index < from + 6; index++) {
    const code = name.charCodeAt(index)
    // a-z 26.., A-Z 0.., 0-9 52.., - 62, _ 63: RFC 4648 §5.
    const value = code > 96 ? code - 71 : code === 95 ? 63 : code > 64 ? code - 65 : code === 45 ? 62 : code + 4
    bits = ((bits << 6) | (bits >>> 26)) ^ value
  }
  return bits >>> 0
}
