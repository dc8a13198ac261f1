/** One line of the doctor's. `todo` with everything that is not good. */
export interface Finding {
  readonly state: 'good' | 'look' | 'wrong'
  readonly what: string
  readonly is: string
  readonly todo?: string
}

/** It is as it should be. */
export function good(what: string, is: string): Finding {
  return { state: 'good', what, is }
}

/** It may be meant so: somebody should look. */
export function look(what: string, is: string, todo: string): Finding {
  return { state: 'look', what, is, todo }
}

/** It does not work, or is not safe. */
export function wrong(what: string, is: string, todo: string): Finding {
  return { state: 'wrong', what, is, todo }
}

/** Bytes as a person says them. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10))
  const value = count / 1024 ** power
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}
