import type { Instant } from '../../domain/instant.ts'
import type { World } from '../../world.ts'

/** The database's clock (M1): the wall's at the start plus monotonic time. */
export interface Clock {
  now(): Instant
  /** Follows a wall clock that went ahead. Only between transactions (LEAP), only forward, at most 10 minutes at once. */
  correct(): void
}

const leap = 600_000

/** Starts it; never before `notBefore`, which the database has seen already. */
export function startClock(world: Pick<World, 'wall' | 'monotonic'>, notBefore: Instant): Clock {
  let offset = Math.max(world.wall(), notBefore) - world.monotonic()
  const now = (): Instant => Math.floor(offset + world.monotonic())
  return {
    now,
    correct() {
      const ahead = world.wall() - now()
      if (ahead > 0) offset += Math.min(ahead, leap)
    },
  }
}
