/** A batch that may be given numbers. */
export interface Place {
  /** The first number that it was given. */
  take(base: number): void
  /** Resolves when all with a lower number were answered. */
  turn(): Promise<void>
  over(): void
}

/** Commits are in the order of their numbers (L2); their answers may overtake each other on the way, and are put in that order again. */
export function numberOrder(): () => Place {
  const going = new Map<Place, { base: number; readonly done: PromiseWithResolvers<void> }>()
  return () => {
    const mine = { base: Number.POSITIVE_INFINITY, done: Promise.withResolvers<void>() }
    const place: Place = {
      take(base) {
        mine.base = base
        going.set(place, mine)
      },
      async turn() {
        const before = [...going.values()].filter(({ base }) => base < mine.base && mine.base !== Number.POSITIVE_INFINITY)
        await Promise.all(before.map(({ done }) => done.promise))
      },
      over() {
        going.delete(place)
        mine.done.resolve()
      },
    }
    return place
  }
}
