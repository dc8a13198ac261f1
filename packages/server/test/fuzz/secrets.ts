/** What must not be told. `never`: in no answer at all; `refusals`: in no refusal. In the log, neither. */
type Sort = 'never' | 'refusals'

/** Where secrets of a run are kept, and looked for. */
export interface Secrets {
  readonly count: () => number
  add(sort: Sort, what: string, value: string | undefined): void
  /** Which of them are in a text; of `sort` only, where one is given. */
  in(text: string, sort?: Sort): readonly string[]
  /** One of them, to be put where it does not belong. */
  some(random: number): string
}

const run = /[\w-]{16,}/g

/** Keeps them by their random part: of a JWT the signature, since its head is everybody's. A part of one is one, too. */
export function keepSecrets(): Secrets {
  const known = new Map<string, { sort: Sort; what: string }>()
  const values: string[] = []
  return {
    count: () => known.size,
    add(sort, what, value) {
      if (value === undefined) return
      values.push(value)
      for (const part of value.startsWith('eyJ') ? [value.split('.').at(-1)!] : (value.match(run) ?? []))
        known.set(part.slice(0, 16), { sort, what })
    },
    in(text, sort) {
      const found: string[] = []
      for (const [part] of text.matchAll(run)) {
        const one = known.get(part.slice(0, 16))
        if (one && (sort === undefined || one.sort === sort)) found.push(`${one.what} (${part.slice(0, 16)}…)`)
      }
      return found
    },
    some: (random) => values[Math.floor(random * values.length)] ?? '',
  }
}
