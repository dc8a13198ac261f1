/** Times of one kind since it was last asked. */
export interface Timer {
  add(milliseconds: number): void
  /** Its percentiles, and from now on none. */
  take(): { readonly p50: number; readonly p99: number }
}

/** Makes one. What nobody did took as long as before: an empty window is no fast one. */
export function timer(): Timer {
  let values: number[] = []
  let before = { p50: 0, p99: 0 }
  return {
    add: (milliseconds) => void values.push(milliseconds),
    take() {
      if (values.length === 0) return before
      values.sort((a, b) => a - b)
      const at = (share: number): number => values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
      before = { p50: at(0.5), p99: at(0.99) }
      values = []
      return before
    },
  }
}
