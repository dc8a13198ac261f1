import type { World } from '../world.ts'
import type { Services } from './needs.ts'

/** Milliseconds. The first that no check of a password was slower than; imported hashes may be slower than our own. */
const steps = [250, 500, 1000, 2000, 4000, 8000, 16_000]

/**
 * Waits until a refused sign-in may leave: a whole number of steps after it came, whatever was computed for it (LG-1). All refusals use the same
 * step, so that neither an unknown name nor one with a slower hash is told by the time.
 */
export async function untilGrid(
  came: number,
  { world, passwords }: { world: Pick<World, 'monotonic' | 'after'> } & Pick<Services, 'passwords'>,
): Promise<void> {
  const step = steps.find((one) => one > (passwords.slowest?.() ?? 0)) ?? steps.at(-1)!
  const passed = world.monotonic() - came
  const left = step * Math.max(1, Math.ceil(passed / step)) - passed
  await new Promise<void>((resolve) => void world.after(left, resolve))
}
