/** Chance that can be repeated: everything random in a run comes from its seed. */
export interface Chance {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, limit). */
  below(limit: number): number
  between(low: number, high: number): number
  happens(probability: number): boolean
  one<T>(list: readonly T[]): T
  bytes(count: number): Uint8Array
  /** Another stream, which this one's use does not disturb. */
  fork(label: string): Chance
}

/** Makes the chance of one seed (xoshiro128**, seeded by splitmix32 over the label's characters). */
export function chanceOf(seed: string): Chance {
  const state = new Uint32Array(4)
  let mixed = 0x9e3779b9
  for (let index = 0; index < seed.length; index++) mixed = splitmix(mixed ^ Math.imul(seed.charCodeAt(index), 0x85ebca6b))
  for (let index = 0; index < 4; index++) {
    mixed = (mixed + 0x9e3779b9) | 0
    state[index] = splitmix(mixed)
  }
  const integer = () => {
    const result = Math.imul(rotl(Math.imul(state[1]!, 5), 7), 9) >>> 0
    const shifted = state[1]! << 9
    state[2]! ^= state[0]!
    state[3]! ^= state[1]!
    state[1]! ^= state[2]!
    state[0]! ^= state[3]!
    state[2]! ^= shifted
    state[3] = rotl(state[3]!, 11)
    return result
  }
  const next = () => integer() / 0x1_0000_0000
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    between: (low, high) => low + next() * (high - low),
    happens: (probability) => probability > 0 && next() < probability,
    one: (list) => list[Math.floor(next() * list.length)]!,
    bytes(count) {
      const bytes = new Uint8Array(count)
      for (let index = 0; index < count; index++) bytes[index] = integer() & 255
      return bytes
    },
    fork: (label) => chanceOf(`${seed}/${label}`),
  }
}

function rotl(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}

function splitmix(from: number): number {
  let value = from | 0
  value = Math.imul(value ^ (value >>> 16), 0x21f0aaad)
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97)
  return value ^ (value >>> 15)
}
