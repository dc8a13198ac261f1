/** One thing that was measured: the median of its rounds, and the least and the most of them. */
export interface Row {
  readonly topic: string
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly spread: readonly [least: number, most: number]
}

/** How long a topic may take. What it does not say, the topic decides. */
export interface Plan {
  /** A few seconds in all: whether it works, not how fast it is. */
  readonly short: boolean
  readonly rounds: number | undefined
  readonly say: (text: string) => void
}

/** A topic of the bench: everything that it compares runs in turn, within one run. */
export interface Topic {
  readonly title: string
  measure(plan: Plan): Promise<readonly Row[]>
}
