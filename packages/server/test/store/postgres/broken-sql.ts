import type { Rewrite } from './open-for-test.ts'

/** Other SQL wherever the adapter wrote `from`, and whether it was met. */
export interface Rewriting {
  readonly change: Rewrite
  readonly used: number
}

export function rewriting(pairs: readonly (readonly [from: string, to: string])[]): Rewriting {
  const used = pairs.map(() => 0)
  return {
    change: (text) =>
      pairs.reduce((changed, [from, to], index) => {
        if (!changed.includes(from)) return changed
        used[index]! += 1
        return changed.replaceAll(from, to)
      }, text),
    get used() {
      return Math.min(...used)
    },
  }
}
