/** What is measured at one moment. Bytes, rows, milliseconds. */
export interface Sample {
  /** Seconds since the load began. */
  readonly at: number
  readonly heap: number
  readonly rss: number
  /** The database file with its log. */
  readonly file: number
  readonly entries: number
  readonly sessions: number
  readonly users: number
  /** Of what was asked since the last sample. */
  readonly refreshP50: number
  readonly refreshP99: number
  readonly signOutP50: number
}

/** A series and by how much it may rise over the second half of a run, as a share of its mean there. */
export interface Bound {
  readonly of: Exclude<keyof Sample, 'at' | 'users' | 'sessions' | 'refreshP99'>
  readonly rise: number
  /** A rise below this is noise, whatever its share: bytes, rows, milliseconds. */
  readonly noise: number
}

const MB = 1024 * 1024

/** What must be flat. Memory and files hardly move; times are those of a machine that does other things, too. */
export const bounds: readonly Bound[] = [
  { of: 'heap', rise: 0.1, noise: 1 * MB },
  { of: 'rss', rise: 0.1, noise: 8 * MB },
  { of: 'file', rise: 0.1, noise: 256 * 1024 },
  { of: 'entries', rise: 0.15, noise: 20 },
  { of: 'refreshP50', rise: 0.5, noise: 25 },
  { of: 'signOutP50', rise: 0.5, noise: 75 },
]

/** How a series went: its mean, by how much the line of least squares rises over the second half, and whether that is flat. */
export interface Found {
  readonly of: Bound['of']
  readonly mean: number
  readonly rise: number
  readonly flat: boolean
}

/** Judges the second half of a run: by then what was born at its beginning has been forgotten. */
export function judge(samples: readonly Sample[]): readonly Found[] {
  const half = samples.filter(({ at }) => at >= (samples.at(-1)?.at ?? 0) / 2)
  return bounds.map(({ of, rise: most, noise }) => {
    const values = half.map((one) => one[of])
    const mean = average(values)
    const rise = slope(
      half.map(({ at }) => at),
      values,
    )
    const over = rise * ((half.at(-1)?.at ?? 0) - (half[0]?.at ?? 0))
    return { of, mean, rise: over, flat: half.length >= 3 && over <= Math.max(noise, most * mean) }
  })
}

/** The slope of the line of least squares. */
function slope(xs: readonly number[], ys: readonly number[]): number {
  const [x, y] = [average(xs), average(ys)]
  const across = xs.reduce((sum, one) => sum + (one - x) ** 2, 0)
  return across === 0 ? 0 : xs.reduce((sum, one, n) => sum + (one - x) * ((ys[n] ?? y) - y), 0) / across
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length
}
