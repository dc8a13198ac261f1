/** A stretch of time. */
export interface Window {
  readonly from: number
  readonly to: number
}

/** Those that touch or overlap as one, in order. */
export function merged(windows: readonly Window[]): Window[] {
  const result: Window[] = []
  for (const { from, to } of [...windows].sort((one, other) => one.from - other.from)) {
    const last = result.at(-1)
    if (last && from <= last.to) result[result.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else result.push({ from, to })
  }
  return result
}

/** How long both last at once. */
export function overlap(one: Window, other: Window): number {
  return Math.max(0, Math.min(one.to, other.to) - Math.max(one.from, other.from))
}
