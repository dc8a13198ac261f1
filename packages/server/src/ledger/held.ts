import type { World } from '../world.ts'

/** Requests that wait for the next entry (F4). `T` is what is needed to answer one. */
export interface Held<T> {
  /** Holds one until it is due, or is answered before. `key`: whose it is. */
  add(key: string, item: T, milliseconds: number): void
  /** Lets one go without an answer: its asker went away. */
  remove(item: T): void
  /** Answers all, now. */
  answerAll(): void
  /** Lets those of one go; whoever takes them answers them. */
  take(key: string): readonly T[]
  has(key: string): boolean
  readonly size: number
  /** Of how many there are some. */
  readonly keys: number
}

/** Due times are rounded up to this many milliseconds, so that those of many requests share a timer. */
const GRAIN = 10
/** Requests of one verifier that are held at a time; with one more the oldest is answered. V8 needs two. */
const MOST_EACH = 4

/** Holds requests with one timer for all that are due in the same ten milliseconds. */
export function holdRequests<T>(world: World, answer: (item: T) => void): Held<T> {
  const slots = new Map<number, { readonly items: Set<T>; readonly cancel: () => void }>()
  const places = new Map<T, { readonly slot: number; readonly key: string }>()
  const byKey = new Map<string, T[]>()

  function remove(item: T): void {
    const place = places.get(item)
    if (!place) return
    places.delete(item)
    const slot = slots.get(place.slot)
    slot?.items.delete(item)
    if (slot?.items.size === 0) {
      slot.cancel()
      slots.delete(place.slot)
    }
    const others = byKey.get(place.key)?.filter((other) => other !== item) ?? []
    if (others.length > 0) byKey.set(place.key, others)
    else byKey.delete(place.key)
  }

  function answerEach(items: Iterable<T>): void {
    for (const item of [...items]) {
      remove(item)
      answer(item)
    }
  }

  return {
    add(key, item, milliseconds) {
      const now = world.monotonic()
      const due = Math.ceil((now + milliseconds) / GRAIN) * GRAIN
      let slot = slots.get(due)
      if (!slot) {
        const items = new Set<T>()
        slot = { items, cancel: world.after(due - now, () => answerEach(items)) }
        slots.set(due, slot)
      }
      slot.items.add(item)
      places.set(item, { slot: due, key })
      const same = byKey.get(key)
      if (same) same.push(item)
      else byKey.set(key, [item])
      if (same && same.length > MOST_EACH) answerEach(same.slice(0, 1))
    },
    remove,
    answerAll: () => answerEach(places.keys()),
    take(key) {
      const those = byKey.get(key) ?? []
      for (const item of those) remove(item)
      return those
    },
    has: (key) => byKey.has(key),
    get size() {
      return places.size
    },
    get keys() {
      return byKey.size
    },
  }
}
