import type { Clock, Cores } from './scale-parts.ts'

/** What the look at who has not acknowledged needs of the rest. */
export interface ScaleSpares {
  /** The node's copy moved. */
  moved(): void
}

/**
 * F8, as packages/server/src/ledger/spares.ts does it: 25 ms after an entry came the node looks who of those whose spares it holds has not acknowledged
 * it, and tells them over the spare; where many have not, the next look comes later.
 */
export function scaleSpares(parts: {
  readonly clock: Clock
  readonly cores: Cores
  /** Whose spares are here. A verifier's spares are never at the node that it asks, which is the worst case: the acknowledgement is not known there. */
  readonly here: readonly number[]
  /** The milliseconds that one is held, and the microseconds that its coming and going cost. */
  readonly hold: number
  readonly cost: number
  applied(): number
  acked(who: number): number
  /** A statement that finds so many rows behind. */
  look(behind: number, done: () => void): void
  /** `back`: its spare is here again, since the answer arrived. */
  tell(who: number, back: () => void): void
}): ScaleSpares {
  const { clock, cores, here, hold, cost, applied, acked, look, tell } = parts
  let delay = 25
  let looks = 0
  let isArmed = false
  /** Told: their spare is under way. */
  const told = new Set<number>()

  const arm = (): void => {
    if (isArmed || here.length === 0 || looks >= 8) return
    isArmed = true
    const seq = applied()
    clock.at(clock.now + Math.ceil(delay), () => {
      looks += 1
      const behind = here.filter((who) => acked(who) < seq)
      look(behind.length, () => {
        const isLoss = behind.length <= Math.max(2, here.length / 8)
        delay = isLoss ? Math.max(25, delay / 1.25) : Math.min(400, delay * 1.5)
        for (const who of isLoss ? behind : []) {
          if (told.has(who)) continue
          told.add(who)
          tell(who, () => told.delete(who))
        }
        isArmed = false
        if (behind.length > 0 || applied() > seq) arm()
      })
    })
  }
  for (const [nth, who] of here.entries()) {
    const renew = (): void => {
      cores.work(cost, () => undefined)
      clock.at(clock.now + hold, renew)
    }
    clock.at((hold * (nth + (who % 7) / 7)) / here.length, renew)
  }
  return {
    moved() {
      looks = 0
      arm()
    },
  }
}
