import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilGrid } from '../../src/use-cases/grid.ts'
import type { Passwords } from '../../src/use-cases/needs.ts'

test('LG-1, S22: where the slowest imported hash took so long, every refusal leaves at the same step: a fast one is not told from a slow one', async () => {
  const leavesAt = async (computed: number, slowest: number): Promise<number> => {
    let left = 0
    const after = (milliseconds: number, run: () => void) => {
      left = computed + milliseconds
      run()
      return () => undefined
    }
    const passwords = { slowest: () => slowest } as Passwords
    await untilGrid(0, { world: { monotonic: () => computed, after }, passwords })
    return left
  }
  for (const [slowest, step] of [
    [0, 250],
    [240, 250],
    [300, 500],
    [3500, 4000],
    [5500, 8000],
    [12_000, 16_000],
  ] as const)
    for (const computed of [3, 40, slowest]) assert.equal(await leavesAt(computed, slowest), step, `${computed} of ${slowest}`)
})
